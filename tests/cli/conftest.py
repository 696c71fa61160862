"""Commands as a user gives them, in this process and in one of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from bisonwatch.cli.main import main
from bisonwatch.store.place import Place

KEY, HOOK_TOKEN = "12|key-of-northwind-desk", "hook-token-9f31aa"


@dataclass(frozen=True)
class Said:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Shell:
    """`run` calls the command here; `spawn` in a process of its own."""

    capsys: pytest.CaptureFixture[str]
    folder: Path
    config: dict[str, Any]

    def run(self, *words: str) -> Said:
        self.capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(["--config", str(self.write()), *words])
        said = self.capsys.readouterr()
        return Said(int(ended.value.code or 0), said.out, said.err)

    def write(self) -> Path:
        file = self.folder / "bisonwatch.yaml"
        file.write_text(yaml.safe_dump(self.config))
        return file

    def spawn(self, *words: str, timeout: float = 40) -> Said:
        command = [sys.executable, "-m", "bisonwatch", "--config", str(self.write()), *words]
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)
        return Said(done.returncode, done.stdout, done.stderr)


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing of the machine's own configuration is read."""
    for name in [name for name in os.environ if name.startswith("BISONWATCH")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config-home"))
    monkeypatch.chdir(tmp_path)


def config_of(place: Place, **instance: Any) -> dict[str, Any]:
    main_instance = {
        "name": "main",
        "url": "http://127.0.0.1:9",
        "webhook_token": HOOK_TOKEN,
        "workspaces": [{"id": 12, "api_key": KEY}],
    }
    return {
        "database": {"url": place.url},
        "instances": [main_instance | instance],
        "listener": {"port": 0, "public_url": "http://127.0.0.1:8787"},
        "api": {"port": 0},
    }


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str], tmp_path: Path, sqlite_place: Place) -> Shell:
    """A configuration over a migrated, empty mirror and a provider nobody answers for."""
    return Shell(capsys, tmp_path, config_of(sqlite_place))


@pytest.fixture(scope="module")
def provider() -> Iterator[dict[str, Any]]:
    """A simulated provider in a process of its own, on a real port."""
    options = json.dumps({"watch_stdin": True, "workspaces": 3, "accounts": 30, "rate": 0})
    command = [sys.executable, "-m", "bisonwatch.simulator", options]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        yield json.loads(child.stdout.readline())
        child.stdin.close()


@pytest.fixture
def watching(shell: Shell, sqlite_place: Place, provider: dict[str, Any]) -> Shell:
    """A configuration for the simulated provider."""
    keys = [{"id": int(number), "api_key": key} for number, key in provider["api_keys"].items()]
    shell.config = config_of(sqlite_place, url=provider["url"], workspaces=keys)
    return shell
