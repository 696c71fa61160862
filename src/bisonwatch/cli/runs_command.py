"""`bisonwatch runs`: every job that was done, or waits, leaves a run; looked at, and stopped."""

from __future__ import annotations

import click

from bisonwatch.cli.table import Table

WORDS = {
    "list": "what is queued and running, then the newest that are over",
    "show": "everything about one run",
    "cancel": "take runs out of the queue, or ask them to stop",
}


@click.group(cls=Table, words=WORDS, pattern="runs_{}")
def runs() -> None:
    """Runs: who asked for what, how far it is, how it ended. Kept as long as `retention.runs` says.

    Example: bisonwatch runs list --outcome failed --since 24h
    """
