"""`bisonwatch cache`: the cache of datasets."""

from __future__ import annotations

import click

from bisonwatch.cli.table import Table

WORDS = {
    "stats": "how old each dataset is, and how well readers were answered",
    "refresh": "make datasets now",
    "clear": "throw away what is kept, on every node",
}


@click.group(cls=Table, words=WORDS, pattern="cache_{}")
def cache() -> None:
    """The cache of datasets: KPI, volume, revenue, infrastructure of each workspace.

    Example: bisonwatch cache stats
    """
