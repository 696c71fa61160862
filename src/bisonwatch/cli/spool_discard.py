"""`bisonwatch db spool discard`."""

from __future__ import annotations

import click

from bisonwatch.cli.spool_desk import Desk, agreed, deliveries, desk, shown
from bisonwatch.domain.letter import SHORTEST
from bisonwatch.errors import CallError
from bisonwatch.store import spool_desk


@click.command()
@click.argument("words", metavar="[ID]...", nargs=-1)
@click.option("--refused", is_flag=True, help="All that were refused for this database.url.")
@click.option("--for", "mirror", metavar="MIRROR", help="Everything that is kept for another mirror.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def discard(ctx: click.Context, words: tuple[str, ...], refused: bool, mirror: str | None, yes: bool) -> None:
    """Throw refused deliveries away, or all that is kept for another mirror. They were acknowledged, and are gone for good.

    Example: bisonwatch db spool discard 019a4c5e77b0
    """
    if sum((bool(words), refused, mirror is not None)) != 1:
        raise CallError("which deliveries? name refused ones (ID), or say --refused, or --for MIRROR")
    found = desk(ctx)
    if mirror is not None:
        kept = found.foreign(mirror)
        _sure(kept.count, f"{deliveries(kept.count)} for {shown(mirror)}", yes=yes)
        count = spool_desk.discard_mirror(found.path, mirror)
    else:
        named = sorted({_place(found, word) for word in words})
        places = spool_desk.refused(found.path, found.ours) if refused else named
        _sure(
            len(places),
            "1 refused delivery" if len(places) == 1 else f"{len(places):,} refused deliveries",
            yes=yes,
        )
        count = spool_desk.discard(found.path, places)
    click.echo(f"discarded {deliveries(count)}")


def _sure(count: int, what: str, *, yes: bool) -> None:
    if count:
        agreed(f"Discard {what} for good?", yes=yes)


def _place(found: Desk, word: str) -> int:
    prefix = word.replace("-", "").casefold()
    places = spool_desk.named(found.path, prefix) if len(prefix) >= SHORTEST else []
    if len(places) != 1:
        wrong = "several refused deliveries answer" if places else "no refused delivery answers"
        raise CallError(f"{wrong} to '{word}'", hint="`bisonwatch db spool list` names them")
    return places[0]
