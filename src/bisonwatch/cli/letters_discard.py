"""`bisonwatch letters discard`."""

from __future__ import annotations

import asyncio

import click

from bisonwatch.cli.letters_desk import Call, Desk, counted, desk, refused, sure, unmatched, wanted_of
from bisonwatch.cli.setup import config_of, settings_of
from bisonwatch.config.settings import Settings
from bisonwatch.domain.letter import Changed
from bisonwatch.errors import CallError


@click.command()
@click.argument("words", metavar="[ID]...", nargs=-1)
@click.option("--reason", metavar="TEXT", help="All whose reason is this, or begins with it.")
@click.option("--all", "everything", is_flag=True, help="All.")
@click.option("--workspace", metavar="WORKSPACE", help="Only those of one workspace.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def discard(
    ctx: click.Context,
    words: tuple[str, ...],
    reason: str | None,
    everything: bool,
    workspace: str | None,
    yes: bool,
) -> None:
    """Put dead letters away: they count no more, stay in the log, and can be replayed by their id all the same.

    Example: bisonwatch letters discard 019a4c5e-77b0
    """
    call = Call(words, reason, everything, workspace, yes)
    ctx.exit(asyncio.run(_discard(settings_of(config_of(ctx)), call)))


async def _discard(settings: Settings, call: Call) -> int:
    async with desk(settings) as found:
        wrong, changed = await _changed(found, call)
    failed = refused(wrong, changed)
    click.echo(f"discarded {counted(changed.ids)}")
    return 1 if failed else 0


async def _changed(found: Desk, call: Call) -> tuple[list[CallError], Changed]:
    if call.words:
        ids, wrong = await found.letters.all_of(call.words)
        return wrong, await found.letters.discard(ids)
    wanted = wanted_of(found, call)
    shelf = await found.letters.shelf(wanted, 1)
    if wrong := unmatched(call, shelf.total):
        return wrong, Changed()
    if shelf.total and not sure("discard", shelf, yes=call.yes, waiting=False):
        return [], Changed()
    return [], await found.letters.discard(wanted)
