"""`bisonwatch letters`: deliveries that could not be processed, looked at, replayed after a fix, or discarded."""

from __future__ import annotations

import click

from bisonwatch.cli.table import Table

WORDS = {
    "list": "the newest dead letters, and how many of each kind of reason",
    "show": "one dead letter with its payload",
    "replay": "process dead letters again, after a fix",
    "discard": "put dead letters away",
}


@click.group(cls=Table, words=WORDS, pattern="letters_{}")
def letters() -> None:
    """Dead letters: deliveries that could not be processed. None is lost; each waits here with its reason.

    Example: bisonwatch letters list
    """
