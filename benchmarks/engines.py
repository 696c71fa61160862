"""The whole product in processes of its own: a simulated provider, and a daemon or a terminal on a generated configuration."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from benchmarks.bodies import INSTANCE, TOKEN
from benchmarks.processes import ROOT

START_S = 60.0
_SIMULATOR = """
import asyncio, json, sys
from bisonwatch.simulator.serve import SimulatorOptions, serve
options = SimulatorOptions(**json.loads(sys.argv[1]))
asyncio.run(serve(options, on_ready=lambda r: print(json.dumps({"url": r.url, "keys": dict(r.api_keys)}), flush=True)))
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Site:
    """Two ports, a folder and a configuration for one engine."""

    def __init__(self, folder: Path, provider: dict[str, Any] | None, listener: int) -> None:
        self.listener, self.api, self.folder = listener, free_port(), folder
        self.database = f"sqlite:///{folder / 'mirror.db'}"
        keys = provider["keys"] if provider else {}
        config = {
            "database": {"url": self.database},
            "spool": {"path": str(folder / "spool.db")},
            "instances": [
                {
                    "name": INSTANCE,
                    "url": provider["url"] if provider else "http://127.0.0.1:9",
                    "webhook_token": TOKEN,
                    "workspaces": [{"id": int(n), "api_key": key} for n, key in keys.items()]
                    or [{"id": 12, "api_key": "none"}],
                }
            ],
            "listener": {"port": listener},
            "api": {"port": self.api},
        }
        self.config = folder / "bisonwatch.yaml"
        self.config.write_text(json.dumps(config))  # JSON is YAML

    def command(self, *more: str) -> list[str]:
        return [sys.executable, "-m", "bisonwatch", "--config", str(self.config), *more]

    def ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.api}/readyz", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def wait(self, process: subprocess.Popen[bytes] | None = None) -> None:
        deadline = time.monotonic() + START_S
        while not self.ready():
            if process is not None and process.poll() is not None:
                raise RuntimeError(f"the engine ended with {process.returncode}")
            if time.monotonic() > deadline:
                raise RuntimeError(f"the engine was not ready after {START_S:g} s")
            time.sleep(0.005)


def ended(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def simulator(**options: object) -> Iterator[dict[str, Any]]:
    """The provider: its URL and a key per workspace."""
    process = subprocess.Popen(
        [sys.executable, "-c", _SIMULATOR, json.dumps(options)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())
    finally:
        ended(process)


@contextmanager
def daemon(site: Site) -> Iterator[psutil.Process]:
    process = subprocess.Popen(site.command("--daemon"), cwd=ROOT, stderr=subprocess.DEVNULL)
    try:
        site.wait(process)
        yield psutil.Process(process.pid)
    finally:
        ended(process)


@contextmanager
def terminal(site: Site) -> Iterator[psutil.Process]:
    """The terminal with its engine in the same process, on a pseudo-terminal of 120x36."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 36, 120, 0, 0))
    environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    process = subprocess.Popen(
        site.command(),
        cwd=ROOT,
        stdin=theirs,
        stdout=theirs,
        stderr=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,
    )
    os.close(theirs)
    threading.Thread(target=_swallow, args=(ours,), daemon=True).start()
    try:
        site.wait(process)
        yield psutil.Process(process.pid)
    finally:
        ended(process)


def _swallow(descriptor: int) -> None:
    """What is drawn goes nowhere."""
    try:
        while os.read(descriptor, 65_536):
            pass
    except OSError:
        os.close(descriptor)


@contextmanager
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="bisonwatch-bench-") as found:
        yield Path(found)
