"""`bisonwatch simulate`: only the simulated provider."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping

import click

from bisonwatch import logs
from bisonwatch.errors import CallError
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
@click.option(
    "--start", metavar="MOMENT", help="The provider's clock begins here, such as 2026-09-14T12:00:00Z."
)
@click.option(
    "--history-days",
    default=0,
    show_default=True,
    type=click.IntRange(0, 3650),
    help="Days of messages, replies and leads before the start.",
)
@click.option(
    "--history-volume",
    default=1.0,
    show_default=True,
    type=click.FloatRange(0, 2),
    help="Of what the mailboxes would send on those days.",
)
@click.option("--form", "forms", multiple=True, metavar="NAME=WORD", help="How answers are written.")
@click.option("--limit", "limits", multiple=True, metavar="NAME=NUMBER", help="What may be asked for.")
@click.option("--delay", "delays", multiple=True, metavar="NAME=SECONDS", help="What comes late.")
@click.option("--faults", metavar="JSON", help="As PUT /_sim/faults takes them.")
def simulate(
    forms: tuple[str, ...],
    limits: tuple[str, ...],
    delays: tuple[str, ...],
    faults: str | None,
    **plain: object,
) -> None:
    """Only the simulated provider, on a port of this machine, delivering webhooks to a URL.

    Example: bisonwatch simulate --deliver-to http://127.0.0.1:8787/webhooks/main/TOKEN
    """
    logs.start(to_stderr=True)
    options = SimulatorOptions(
        **plain,  # type: ignore[arg-type]  # click made them by the options' own types
        faults=_json(faults),
        forms=_pairs("--form", forms),
        limits=_pairs("--limit", limits),
        delays=_pairs("--delay", delays),
    )
    asyncio.run(serve(options, on_ready=_tell))


def _pairs(option: str, words: tuple[str, ...]) -> Mapping[str, object]:
    """`NAME=WORD` as name and word. Raises CallError."""
    pairs = {}
    for word in words:
        name, sign, value = word.partition("=")
        if not sign:
            raise CallError(f"{option} is NAME=WORD, not {word!r}")
        pairs[name] = value
    return pairs


def _json(text: str | None) -> Mapping[str, object]:
    try:
        content = json.loads(text or "{}")
    except ValueError as error:
        raise CallError(f"--faults is no JSON: {error}") from error
    if not isinstance(content, dict):
        raise CallError("--faults is a JSON object")
    return content


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
