"""`bisonwatch webhooks test` beside a real daemon, with a simulated provider on a real port: the whole way."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bisonwatch.clients.reach import reach
from tests.cli.conftest import HOOK_TOKEN, Shell
from tests.support.daemon import OPS, Daemon


@pytest.fixture
def beside(watching: Shell, tmp_path: Path, provider: dict[str, Any]) -> Iterator[Shell]:
    """A daemon lives on the mirror; the command has the same configuration."""
    folder = tmp_path / "daemon"
    folder.mkdir()
    with Daemon(folder, database=watching.config["database"]["url"], provider=provider["url"]) as daemon:
        watching.config["listener"] = {"port": int(daemon.url.rpartition(":")[2]), "public_url": daemon.url}
        watching.config["api"] = {"port": 0, "tokens": [{"name": "t", "role": "viewer", "token": OPS}]}
        instance = watching.config["instances"][0] | {"webhook_token": HOOK_TOKEN}
        watching.config["instances"] = [instance]
        daemon.config.write_text(watching.write().read_text())
        daemon.start()
        yield watching


def test_the_test_event_comes_the_whole_way(beside: Shell) -> None:
    """Each workspace's own, within seconds; `list` tells when; nothing is counted by it."""
    said = beside.run("webhooks", "test", "--all")
    assert said.code == 0, said
    assert sorted(line.split()[0] for line in said.out.splitlines()) == ["main/12", "main/13", "main/14"]
    assert said.out.count("the way from the provider to this mirror works") == 3
    rows = beside.run("webhooks", "list", "--json").json["workspaces"]
    assert all(row["canary"]["arrived_at"] for row in rows)
    assert HOOK_TOKEN not in said.out + said.err


def test_another_token_is_the_cause_that_is_named(beside: Shell) -> None:
    """The daemon runs with one token, the command was configured with another."""
    beside.config["instances"][0]["webhook_token"] = "another-token"
    said = beside.run("webhooks", "test", "main/12", "--wait", "3")
    assert said.code == 1
    assert "the listener turned 1 delivery away meanwhile" in said.out
    assert "another-token" not in said.out + said.err


def test_a_listener_is_told_from_anything_else(beside: Shell, provider: dict[str, Any]) -> None:
    """Ours says what only ours says; the provider's own port, and a port where nobody is, are named for what they are."""
    ours = beside.config["listener"]["public_url"]
    assert asyncio.run(reach(ours, "main")) is None
    other = asyncio.run(reach(provider["url"], "main"))
    assert other == "is answered by something that is not bisonwatch's listener (status 401)"
    assert asyncio.run(reach("http://127.0.0.1:9", "main")) == "cannot be connected to"
