"""`bisonwatch webhooks test`."""

from __future__ import annotations

import asyncio

import click

from bisonwatch.cli.setup import config_of, settings_of
from bisonwatch.cli.webhooks_desk import Asked, Told, desk, ended, failed, told
from bisonwatch.config.settings import Settings
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.subscription import Landing
from bisonwatch.sync.canary import WAIT_S


@click.command("test")
@click.argument("wanted", metavar="[WORKSPACE]...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every workspace.")
@click.option(
    "--wait",
    type=click.FloatRange(1, 600),
    default=WAIT_S,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait for it.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object, as docs/commands.md describes it.")
@click.pass_context
def test_(ctx: click.Context, wanted: tuple[str, ...], everything: bool, wait: float, as_json: bool) -> None:
    """Have the provider send its test event to our public address, and wait until it arrived here; it is recorded, never applied.

    Example: bisonwatch webhooks test main/12
    """
    settings = settings_of(config_of(ctx))
    ctx.exit(asyncio.run(_test(settings, Asked(wanted, everything, as_json), wait)))


async def _test(settings: Settings, asked: Asked, wait_s: float) -> int:
    async with desk(settings) as found:
        targets = found.chosen(asked)
        names = dict(targets or ())
        said: dict[WorkspaceKey, Told] = {}

        def tell(landing: Landing) -> None:
            key = landing.workspace
            said[key] = told(key, names[key], _words(landing), asked)

        await found.canaries.fly(list(names), wait_s, tell=tell)
        return ended([(key, names[key], said[key]) for key in names], asked, known=targets is not None)


def _words(landing: Landing) -> Told:
    if landing.error is not None or landing.took is None:
        return failed(landing.error or "nobody knows")
    seconds = round(landing.took.total_seconds(), 2)
    return Told(
        [f"arrived after {seconds:g} s: the way from the provider to this mirror works"], {"took_s": seconds}
    )


test = test_  # the word on the command line is the name of the function
