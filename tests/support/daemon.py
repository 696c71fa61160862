"""A real `bisonwatch --daemon` as a child process, for tests that kill it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Self

import httpx

TOKEN = "sesame-for-tests"
OPS = "viewer-token-for-tests"
DEADLINE_S = 60.0
"""For a start; generous, since a machine may be busy with other tests."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Daemon:
    """One configuration, started as often as wanted; `url` and `api` stay the same over restarts."""

    def __init__(
        self,
        folder: Path,
        *,
        database: str | None = None,
        provider: str = "http://127.0.0.1:9",
        **sections: dict[str, object],
    ) -> None:
        """`sections` are added to those of the configuration, such as `listener={"max_pending": "1MiB"}`."""
        self.folder = folder
        self.database = database or f"sqlite:///{folder / 'mirror.db'}"
        ports = (free_port(), free_port())
        self.url, self.api = (f"http://127.0.0.1:{port}" for port in ports)
        self.config = folder / "bisonwatch.yaml"
        settings: dict[str, dict[str, object]] = {
            "database": {"url": self.database},
            "spool": {"path": str(folder / "spool.db")},
            "listener": {"port": ports[0]},
            "api": {"port": ports[1], "tokens": [{"name": "t", "role": "viewer", "token": OPS}]},
        }
        for name, section in sections.items():
            settings[name] = settings.get(name, {}) | section
        instance = {"name": "main", "url": provider, "api_key": "1|k", "webhook_token": TOKEN}
        self.config.write_text(json.dumps(settings | {"instances": [instance]}))
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Whatever a failed test left."""
        if self.process is not None and self.process.poll() is None:
            self.kill()

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    @property
    def hook(self) -> str:
        return f"{self.url}/webhooks/main/{TOKEN}"

    def start(self, *through: str) -> None:
        """Returns when it is ready, told through systemd's own protocol. `through`: a program that runs it, and its arguments."""
        address = self.folder / "notify"
        address.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
            told.bind(str(address))
            told.settimeout(DEADLINE_S)
            command = [*through, sys.executable, "-m", "bisonwatch", "--config", str(self.config), "--daemon"]
            environment = {**os.environ, "NOTIFY_SOCKET": str(address)}
            with (self.folder / "daemon.log").open("ab") as log:
                self.process = subprocess.Popen(command, stderr=log, env=environment, cwd=self.folder)
            assert told.recv(100) == b"READY=1"

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(DEADLINE_S)

    def stop(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(DEADLINE_S)

    def status(self) -> dict[str, object]:
        answer = httpx.get(f"{self.api}/api/v1/status", headers={"authorization": f"Bearer {OPS}"}, timeout=5)
        found: dict[str, object] = answer.json()
        return found

    def said(self) -> str:
        return (self.folder / "daemon.log").read_text()

    def lines(self, *words: str) -> list[str]:
        """The log's lines that hold one of these words."""
        return [line for line in self.said().splitlines() if any(word in line for word in words)]


class Sender(threading.Thread):
    """Posts numbered events as fast as they are answered, and remembers which were; ends when the daemon is gone."""

    def __init__(self, daemon: Daemon, first: int, count: int) -> None:
        super().__init__()
        self.daemon_process = daemon
        self.numbers = range(first, first + count)
        self.acked: list[int] = []
        self.started = threading.Event()

    def run(self) -> None:
        with httpx.Client(timeout=5) as http:
            for number in self.numbers:
                try:
                    answer = http.post(self.daemon_process.hook, content=event(number))
                except httpx.HTTPError:
                    return
                if answer.status_code == 200:
                    self.acked.append(number)
                    self.started.set()


def event(number: int) -> bytes:
    """A send of its own: scheduled e-mail, lead and campaign event all carry the number."""
    send = {"id": number, "lead_id": number, "sent_at": "2026-11-20T10:00:00.000000Z"}
    lead = {
        "id": number,
        "email": f"lead{number}@example.example",
        "first_name": "L",
        "last_name": str(number),
    }
    happened = {"id": number, "type": "sent", "created_at": "2026-11-20T10:00:00.000000Z"}
    head = {"type": "EMAIL_SENT", "workspace_id": 12, "workspace_name": "Northwind Desk"}
    data = {
        "scheduled_email": send,
        "campaign_event": happened,
        "lead": lead,
        "campaign": {"id": 614, "name": "Wave"},
    }
    return json.dumps({"event": head, "data": data}).encode()
