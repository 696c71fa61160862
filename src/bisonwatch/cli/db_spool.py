"""`bisonwatch db spool`: what this node's spool keeps for people to decide about."""

from __future__ import annotations

import click

from bisonwatch.cli.table import Table

WORDS = {
    "list": "for which database deliveries are kept, and which were refused and why",
    "adopt": "hand what is kept for another database.url over to this one",
    "discard": "throw away what was refused, or what is kept for another database",
}


@click.group(cls=Table, words=WORDS, pattern="spool_{}")
def spool() -> None:
    """This node's spool: the file where deliveries are durable while the database is away.

    Example: bisonwatch db spool list
    """
