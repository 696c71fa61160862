"""`bisonwatch simulate`: only the simulated provider."""

from __future__ import annotations

import asyncio

import click

from bisonwatch import logs
from bisonwatch.simulator.serve import Ready, SimulatorOptions, serve


@click.command()
@click.option(
    "--port", default=8790, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one."
)
@click.option(
    "--deliver-to",
    metavar="URL",
    help="Send every workspace's webhooks here; else whoever registers gets them.",
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
def simulate(
    port: int, deliver_to: str | None, workspaces: int, accounts: int, rate: float, scenario: str, seed: int
) -> None:
    """Only the simulated provider, on a port of this machine, delivering webhooks to a URL.

    Example: bisonwatch simulate --deliver-to http://127.0.0.1:8787/webhooks/main/TOKEN
    """
    logs.start(to_stderr=True)
    options = SimulatorOptions(
        port=port,
        seed=seed,
        workspaces=workspaces,
        accounts=accounts,
        rate=rate,
        scenario=scenario,
        deliver_to=deliver_to,
    )
    asyncio.run(serve(options, on_ready=_tell))


def _tell(ready: Ready) -> None:
    """How to watch this provider, ready to paste into a configuration."""
    click.echo(f"simulated provider on {ready.url}; faults: PUT {ready.url}/_sim/faults; Ctrl+C ends it")
    click.echo(
        "instances:\n  - name: main\n    url: "
        + ready.url
        + "\n    webhook_token: choose-one\n    workspaces:"
    )
    for number in ready.workspace_ids:
        click.echo(f'      - {{id: {number}, api_key: "{ready.api_keys[number]}"}}  # {ready.names[number]}')
