"""`bisonwatch db spool adopt`."""

from __future__ import annotations

import click

from bisonwatch.cli.spool_desk import agreed, deliveries, desk, shown
from bisonwatch.store import spool_desk


@click.command()
@click.argument("mirror", metavar="MIRROR")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def adopt(ctx: click.Context, mirror: str, yes: bool) -> None:
    """Hand what is kept for another mirror over to the one of database.url: only where both are the same database.

    Refused ones are offered to it too. A running engine takes them within a minute.

    Example: bisonwatch db spool adopt postgresql://db.example:5432/mirror/bisonwatch
    """
    found = desk(ctx)
    kept = found.foreign(mirror)
    agreed(f"Hand {deliveries(kept.count)} for {shown(mirror)} over to {found.ours}?", yes=yes)
    count = spool_desk.adopt(found.path, mirror, found.ours)
    click.echo(f"handed {deliveries(count)} over to {found.ours}: an engine on it takes them within a minute")
