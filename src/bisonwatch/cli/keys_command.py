"""`bisonwatch keys`: the provider's API keys."""

from __future__ import annotations

import click

from bisonwatch.cli.table import Table

WORDS = {
    "list": "which key serves which workspace",
    "mint": "make an api-user key for each workspace out of a super-admin key",
}


@click.group(cls=Table, words=WORDS, pattern="keys_{}")
def keys() -> None:
    """The provider's API keys: which serves which workspace, and one of its own for each.

    Example: bisonwatch keys list
    """
