"""`bisonwatch webhooks`: our subscriptions at the provider."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import click

from bisonwatch.bus import Bus
from bisonwatch.cli.choosing import chosen
from bisonwatch.cli.looking import made
from bisonwatch.cli.setup import config_of, settings_of, watched
from bisonwatch.config.settings import Settings
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.engine import compose
from bisonwatch.errors import BisonwatchError
from bisonwatch.store import workspaces
from bisonwatch.sync.providers import connected
from bisonwatch.sync.subscriptions import Subscriptions

Each = Callable[[Subscriptions, WorkspaceKey], Awaitable[list[str]]]


@click.group()
def webhooks() -> None:
    """Our webhook subscriptions at the provider, per workspace.

    Example: bisonwatch webhooks register --all
    """


@webhooks.command(name="list")
@click.argument("wanted", metavar="[WORKSPACE]...", nargs=-1)
@click.pass_context
def list_(ctx: click.Context, wanted: tuple[str, ...]) -> None:
    """Every subscription of the workspaces (all of them without a name), ours marked.

    Example: bisonwatch webhooks list main/12
    """
    ctx.exit(asyncio.run(_each(settings_of(config_of(ctx)), wanted, not wanted, _list)))


@webhooks.command()
@click.argument("wanted", metavar="[WORKSPACE]...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every workspace.")
@click.pass_context
def register(ctx: click.Context, wanted: tuple[str, ...], everything: bool) -> None:
    """Make sure the provider sends us all its events; doing it twice changes nothing, others' subscriptions are never touched.

    Example: bisonwatch webhooks register --all
    """
    ctx.exit(asyncio.run(_each(settings_of(config_of(ctx)), wanted, everything, _register)))


async def _list(subscriptions: Subscriptions, key: WorkspaceKey) -> list[str]:
    found = await subscriptions.list(key)
    lines = [
        f"{'ours ' if item.ours else 'other'} {item.subscription.id:>6} {len(item.subscription.events):>2} types  "
        f"{_masked(item.subscription.url, ours=item.ours)}"
        for item in found
    ]
    return lines or ["no subscription: nothing is pushed, this workspace is only polled"]


async def _register(subscriptions: Subscriptions, key: WorkspaceKey) -> list[str]:
    result = await subscriptions.register(key)
    lines = [
        f"{result.change.value}: subscription {result.subscription.id} with {len(result.subscription.events)} types"
    ]
    return lines + [
        f"spare: subscription {spare.id} has our address too and brings every event twice"
        for spare in result.spare
    ]


def _masked(url: str, *, ours: bool) -> str:
    """Our own address carries the token, which never reaches a screen."""
    head, slash, rest = url.partition("/webhooks/")
    if not ours or not slash:
        return url.split("?", 1)[0]
    return f"{head}/webhooks/{rest.split('/', 1)[0]}/•••"


async def _each(settings: Settings, wanted: tuple[str, ...], everything: bool, work: Each) -> int:
    """Do it for each workspace; one that fails never stops the others."""
    failed = 0
    async with _subscriptions(watched(settings)) as (subscriptions, known, asked):
        if not known and not asked:
            return 1  # no key could be used, which is told already
        for key, name in chosen(wanted, everything, known):
            try:
                lines = await work(subscriptions, key)
            except BisonwatchError as error:
                failed += 1
                lines = [f"failed: {error}"]
            for line in lines:
                click.echo(f"{key} {name}: {line}")
    return 1 if failed else 0


@asynccontextmanager
async def _subscriptions(
    settings: Settings,
) -> AsyncIterator[tuple[Subscriptions, list[tuple[WorkspaceKey, str]], bool]]:
    """With the workspaces that are known, and whether every key could be asked."""
    async with made(settings) as database:
        clock = database.clock
        providers = connected(settings.instances, clock, timeout=settings.sync.timeout)
        try:
            crew = compose.crew_of(settings, database, providers, clock, Bus(), compose.tempo_of(settings))
            found = await crew.discovery.once()
            for problem in found.failed:
                click.echo(f"bisonwatch: {problem}", err=True)
            async with database.read() as tx:
                known = sorted((await workspaces.names(tx)).items())
            yield (
                compose.subscriptions_of(settings, database, providers, clock, settings.listener.public_url),
                known,
                not found.failed,
            )
        finally:
            await providers.close()
