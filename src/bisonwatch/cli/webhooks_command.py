"""`bisonwatch webhooks`: our subscriptions at the provider."""

from __future__ import annotations

import click

from bisonwatch.cli.table import Table

WORDS = {
    "list": "every subscription of the workspaces, ours marked",
    "register": "make sure the provider sends us all its events",
    "test": "have the provider send a test event, and wait until it arrives",
    "remove": "take our subscriptions away; others' stay",
}


@click.group(cls=Table, words=WORDS, pattern="webhooks_{}")
def webhooks() -> None:
    """Our webhook subscriptions at the provider, per workspace.

    Example: bisonwatch webhooks register --all
    """
