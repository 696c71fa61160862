"""`bisonwatch accounts`: sender accounts whose removal is held back, a person's word that they are gone, and how their providers fare."""

from __future__ import annotations

import click

from bisonwatch.cli.table import Table

WORDS = {
    "held": "accounts that walks do not meet any more, and whose removal waits",
    "confirm": "say that they are gone",
    "providers": "how each mail provider fares: connections, reply rates, and their trend",
}


@click.group(cls=Table, words=WORDS, pattern="accounts_{}")
def accounts() -> None:
    """Sender accounts whose removal waits for another walk or for a person, and how their mail providers fare.

    Example: bisonwatch accounts held
    """
