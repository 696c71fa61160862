"""Children of the benchmark: each started and ended by its own id, each speaking JSON lines."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
STOP_S = 20.0


class Child:
    """A process that prints JSON lines."""

    def __init__(self, module: str, *arguments: object) -> None:
        command = [sys.executable, "-m", module, *map(str, arguments)]
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        self.pid = self._process.pid

    def told(self) -> dict[str, Any]:
        """The next line; waits for it."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"a child of the benchmark ended with {self._process.wait()}")
        found: dict[str, Any] = json.loads(line)
        return found

    def end(self) -> None:
        if self._process.poll() is None:
            self._process.terminate()
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def farewell(self) -> dict[str, Any]:
        """Stop it and hear its last line."""
        self._process.terminate()
        return self.told()


@contextmanager
def child(module: str, *arguments: object) -> Iterator[Child]:
    started = Child(module, *arguments)
    try:
        yield started
    finally:
        started.end()


def load(port: int, **options: object) -> dict[str, float]:
    """Run the load generator to its end."""
    with loading(port, **options) as generator:
        return generator.told()


@contextmanager
def loading(port: int, **options: object) -> Iterator[Child]:
    """The load generator beside us."""
    flags = [word for name, value in options.items() for word in (f"--{name}", value)]
    with child("benchmarks.load", "--port", port, *flags) as generator:
        yield generator
