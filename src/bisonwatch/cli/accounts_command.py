"""`bisonwatch accounts`: sender accounts whose removal is held back, and a person's word that they are gone."""

from __future__ import annotations

import click

from bisonwatch.cli.table import Table

WORDS = {
    "held": "accounts that walks do not meet any more, and whose removal waits",
    "confirm": "say that they are gone",
}


@click.group(cls=Table, words=WORDS, pattern="accounts_{}")
def accounts() -> None:
    """Sender accounts whose removal waits for another walk or for a person.

    Example: bisonwatch accounts held
    """
