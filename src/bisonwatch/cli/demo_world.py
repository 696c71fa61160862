"""The demonstration's outside world: the simulated provider as a child process, and settings that fit it."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from bisonwatch import logs
from bisonwatch.config.secrets import DatabaseUrl
from bisonwatch.config.settings import Settings
from bisonwatch.errors import CallError, StartError
from bisonwatch.simulator.scenarios import Scenario
from bisonwatch.sync.plan import Tempo

INSTANCE = "demo"


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """As on the command line; `rate` is events a second."""

    workspaces: int
    accounts: int
    rate: float
    scenario: str
    seed: int
    database: str | None
    keep: str | None

    def __post_init__(self) -> None:
        """What cannot be is refused before anything starts."""
        Scenario.named(self.scenario)
        try:
            DatabaseUrl.parse(self.database or "sqlite:///mirror.db")
        except ValueError as error:
            raise CallError(f"--database: {error}") from None


TEMPO = Tempo(
    poll_every=timedelta(seconds=10),
    silence=timedelta(seconds=10),
    silent_every=timedelta(seconds=4),
    settle=timedelta(seconds=2),
    overlap=timedelta(seconds=60),
    in_time=timedelta(seconds=10),
)
"""The demonstration's patience: what takes minutes with a real provider takes seconds here."""

LAG_WARNING, LAG_CRITICAL = timedelta(seconds=5), timedelta(seconds=15)


@dataclass(frozen=True, slots=True)
class Provider:
    """The simulated provider that runs: its URL, and workspace ids with their keys."""

    url: str
    keys: dict[int, str]


@contextmanager
def folder(options: DemoOptions) -> Iterator[Path]:
    """Where the mirror lives: a temporary folder that goes with the demo, or the one to keep."""
    if options.keep is not None:
        kept = Path(options.keep).expanduser()
        try:
            kept.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            why = (error.strerror or "error").lower()
            raise CallError(f"--keep {kept}: cannot be made: {why}") from None
        yield kept
        return
    with tempfile.TemporaryDirectory(prefix="bisonwatch-demo-", ignore_cleanup_errors=True) as temporary:
        yield Path(temporary)


@contextmanager
def provider(options: DemoOptions) -> Iterator[Provider]:
    """Start the simulator as a child; it ends with us, since it watches its stdin."""
    asked = {
        "seed": options.seed,
        "workspaces": options.workspaces,
        "accounts": options.accounts,
        "rate": options.rate,
        "scenario": options.scenario,
        "watch_stdin": True,
    }
    command = [sys.executable, "-m", "bisonwatch.simulator", json.dumps(asked)]
    child = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        line = child.stdout.readline()
        if not line:
            raise StartError(f"the simulated provider did not start (it ended with {child.wait()})")
        ready = json.loads(line)
        yield Provider(ready["url"], {int(key): value for key, value in ready["api_keys"].items()})
    finally:
        child.stdin.close()
        try:
            child.wait(3)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        child.stdout.close()


def settings_for(options: DemoOptions, found: Provider, where: Path) -> Settings:
    """A configuration for the simulated provider: free ports, a random token, targets for every workspace."""
    token = secrets.token_urlsafe(24)
    logs.redact.learn(token, *found.keys.values())
    chosen: dict[str, Any] = {
        "database": {"url": options.database or f"sqlite:///{where / 'mirror.db'}"},
        "spool": {"path": str(where / "spool.db")},
        "instances": [
            {
                "name": INSTANCE,
                "url": found.url,
                "webhook_token": token,
                "workspaces": [{"id": number, "api_key": key} for number, key in sorted(found.keys.items())],
            }
        ],
        "listener": {"port": 0},
        "api": {"port": 0},
        "sync": {
            "poll_every": _text(TEMPO.poll_every),
            "silence": _text(TEMPO.silence),
            "accounts_every": "5m",
            "reports_every": "20s",
        },
        "health": {
            "thresholds": {
                "lag_warning": _text(LAG_WARNING),
                "lag_critical": _text(LAG_CRITICAL),
            }
        },
        "clients": [_client(n) for n in sorted(found.keys)],
    }
    return Settings.model_validate(chosen)


def _client(number: int) -> dict[str, object]:
    """What is agreed with a client: a few pay by the lead, and one in nine costs more than it brings."""
    return {
        "workspace": f"{INSTANCE}/{number}",
        "kpi_target": 20 + number * 7 % 60,
        "retainer": 1500 + number * 130 % 2100,
        "price_per_lead": (0, 0, 15)[number % 3],
        "monthly_cost": (900, 4200)[number % 9 == 0] + number * 70 % 600,
    }


def _text(length: timedelta) -> str:
    return f"{length.total_seconds():g}s"
