"""`bisonwatch db`: the mirror's database."""

from __future__ import annotations

import click

from bisonwatch.cli.table import Table

WORDS = {
    "upgrade": "bring the schema up to this version; safe to run twice",
    "status": "which schema the database has and which this version needs",
    "adopt": "take stages, KPI targets and leads over from the database of an older system",
    "copy": "move the mirror into another database, SQLite or Postgres; resumable, every row compared",
    "spool": "what this node's spool keeps and for whom; hand it over, or discard it",
    "backup": "copy an SQLite mirror to a file while the engine runs",
}
"""Name and summary; `bisonwatch.cli.db_<name>` holds the command `<name>`."""


@click.group(cls=Table, words=WORDS, pattern="db_{}")
def db() -> None:
    """The mirror's database.

    Example: bisonwatch db status
    """
