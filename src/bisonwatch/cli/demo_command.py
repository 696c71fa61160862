"""`bisonwatch demo`: a simulated provider, an engine on a fresh database, and the terminal."""

from __future__ import annotations

import sys

import click

from bisonwatch.cli.demo_world import DemoOptions
from bisonwatch.config.values import parse_duration
from bisonwatch.errors import CallError


@click.command()
@click.option("--headless", is_flag=True, help="No terminal; by itself when stdout is not a terminal.")
@click.option("--for", "lasting", metavar="DURATION", help="Stop after so long, such as 30s.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print the final status as JSON, and nothing else, on stdout."
)
@click.option("--workspaces", default=27, show_default=True, type=click.IntRange(1, 5000))
@click.option("--accounts", default=4000, show_default=True, type=click.IntRange(1, 1_000_000))
@click.option(
    "--rate", default=5.0, show_default=True, type=click.FloatRange(0, 5000), help="Events a second."
)
@click.option(
    "--scenario", default="calm", show_default=True, help="calm, webhook-outage, drops or api-down."
)
@click.option("--seed", default=7, show_default=True, type=int)
@click.option("--database", metavar="URL", help="Instead of a fresh temporary SQLite file.")
@click.option("--keep", metavar="DIR", help="Keep the database in this folder.")
def demo(
    headless: bool,
    lasting: str | None,
    as_json: bool,
    workspaces: int,
    accounts: int,
    rate: float,
    scenario: str,
    seed: int,
    database: str | None,
    keep: str | None,
) -> None:
    """A simulated provider, an engine on a fresh temporary SQLite file, and the terminal: no account, no config.

    Example: bisonwatch demo --scenario webhook-outage
    """
    options = DemoOptions(workspaces, accounts, rate, scenario, seed, database, keep)
    seconds = None if lasting is None else _seconds(lasting)
    if headless or as_json or not sys.stdout.isatty():
        from bisonwatch.cli.demo_headless import run_headless

        run_headless(options, seconds, as_json=as_json)
        return
    from bisonwatch.cli.demo_terminal import run_terminal_demo

    click.get_current_context().exit(run_terminal_demo(options, seconds))


def _seconds(text: str) -> float:
    try:
        return parse_duration(text).total_seconds()
    except ValueError as error:
        raise CallError(f"--for {error}") from None
