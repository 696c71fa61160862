"""`bisonwatch letters replay`."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import click

from bisonwatch.cli.letters_desk import Call, Desk, counted, desk, refused, sure, unmatched, wanted_of
from bisonwatch.cli.letters_wait import follow
from bisonwatch.cli.setup import config_of, settings_of
from bisonwatch.config.settings import Settings
from bisonwatch.domain.delivery import DeliveryState
from bisonwatch.domain.letter import Changed
from bisonwatch.errors import CallError


@click.command()
@click.argument("words", metavar="[ID]...", nargs=-1)
@click.option("--reason", metavar="TEXT", help="All whose reason is this, or begins with it.")
@click.option("--all", "everything", is_flag=True, help="All.")
@click.option("--workspace", metavar="WORKSPACE", help="Only those of one workspace.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--wait", is_flag=True, help="Wait, and tell how each ended; exit 1 when one failed again.")
@click.pass_context
def replay(
    ctx: click.Context,
    words: tuple[str, ...],
    reason: str | None,
    everything: bool,
    workspace: str | None,
    yes: bool,
    wait: bool,
) -> None:
    """Process dead letters again, after a fix. Discarded ones too, by their id. A running engine does it at once.

    Example: bisonwatch letters replay --reason "the database refused it" --wait
    """
    call = Call(words, reason, everything, workspace, yes)
    ctx.exit(asyncio.run(_replay(settings_of(config_of(ctx)), call, wait=wait)))


async def _replay(settings: Settings, call: Call, *, wait: bool) -> int:
    async with desk(settings) as found:
        wrong, changed = await _changed(found, call)
        failed = refused(wrong, changed)
        lives = await found.engine_lives()
        when = (
            "the engine takes them now"
            if lives
            else "no engine runs on this database: one that starts takes them"
        )
        click.echo(f"replayed {counted(changed.ids)}" + (f"; {when}" if changed.ids else ""))
        if wait and changed.ids:
            failed += await follow(found, changed.ids) if lives else 1
    return 1 if failed else 0


async def _changed(found: Desk, call: Call) -> tuple[list[CallError], Changed]:
    if call.words:
        ids, wrong = await found.letters.all_of(call.words)
        return wrong, await found.letters.replay(ids)
    wanted = wanted_of(found, call)
    shelf = await found.letters.shelf(wanted, 1)
    # the shelf counts what waits for any reason
    waiting = (await found.letters.shelf(replace(wanted, state=DeliveryState.PENDING), 1)).total
    shelf = replace(shelf, waiting=waiting)
    if wrong := unmatched(call, shelf.total + waiting):
        return wrong, Changed()
    if (shelf.total or shelf.waiting) and not sure("replay", shelf, yes=call.yes, waiting=True):
        return [], Changed()
    return [], await found.letters.replay(wanted)
