"""The terminal on a daemon that is there already: asked for by its address, or found beside."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from bisonwatch.cli import beside
from bisonwatch.clock import AgreedClock, SystemClock
from bisonwatch.config.settings import Settings
from bisonwatch.domain.ids import uuid7
from bisonwatch.errors import StartError
from bisonwatch.store import nodes
from bisonwatch.store.database import Database
from bisonwatch.store.nodes import Node
from bisonwatch.store.place import Place
from tests.cli.conftest import Shell
from tests.support.daemon import Daemon, free_port
from tests.support.line import Line

OPS, EYE = "operator-token-4410", "viewer-token-91be"
TOKENS = [
    {"name": "eye", "role": "viewer", "token": EYE},
    {"name": "ops", "role": "operator", "token": OPS},
]
BISONWATCH = [sys.executable, "-m", "bisonwatch"]


@pytest.mark.timeout(120)
def test_terminals_on_a_living_daemon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`bisonwatch` beside it attaches; a daemon that is killed is missed and found again; neither end of one is the other's."""
    token = tmp_path / "token"
    token.write_text(f"{EYE}\n")
    monkeypatch.setenv("BISONWATCH_API_TOKEN", OPS)
    with Daemon(tmp_path, api={"tokens": TOKENS}) as daemon:
        daemon.start()
        place = daemon.api.removeprefix("http://")
        lines = [
            Line([*BISONWATCH, "--config", str(daemon.config)]),
            Line([*BISONWATCH, "attach", daemon.api]),
            Line([*BISONWATCH, "attach", daemon.api, "--token-file", str(token)]),
        ]
        try:
            for line in lines:
                line.until(f"attached {place}", 40)
                line.until("LIVE", 40)
            lines[2].until("READ-ONLY")
            daemon.kill()
            for line in lines:
                line.until("RECONNECTING", 40)
                line.until("CUT OFF")
            daemon.start()
            for line in lines:
                line.until("LIVE", 40)
            assert daemon.stop() == 0
            for line in lines:
                line.press("q")
                assert line.end() == 0
                assert OPS.encode() not in line.raw
        finally:
            for line in lines:
                line.close()


def node(name: str, api_url: str, *, ago: float = 1.0, stopped: bool = False) -> Node:
    now = datetime.now(UTC)
    seen = now - timedelta(seconds=ago)
    return Node(uuid7(now), name, "0.1.0", 4711, seen, seen, seen if stopped else None, True, api_url, {})


def found(
    shell: Shell, sqlite_place: Place, there: Callable[[], Node], tokens: list[dict[str, str]]
) -> object:
    """What `bisonwatch` finds beside it where that node is told of in its database."""

    async def put() -> None:
        database = Database(sqlite_place, SystemClock())
        async with database.write() as tx:
            await nodes.beat(tx, there())
        await database.close()

    asyncio.run(put())
    settings = Settings.model_validate(shell.config | {"api": {"tokens": tokens}})
    return beside.attached(settings, AgreedClock(SystemClock()))


HERE = socket.gethostname()


@pytest.mark.parametrize(
    ("there", "tokens", "why"),
    [
        (
            partial(node, HERE, "http://127.0.0.1:9"),
            [],
            f"an engine on {HERE} (process 4711) keeps this mirror already; to look at it, its API needs a token "
            "(add one under api: tokens: and start it anew; `bisonwatch --daemon` runs another engine beside it)",
        ),
        (
            partial(node, "sync-2", "http://127.0.0.1:8788"),
            TOKENS,
            "an engine on sync-2 (process 4711) keeps this mirror already, and cannot be asked: its API listens on "
            "127.0.0.1, which only its own machine reaches (`bisonwatch --daemon` runs another engine beside it)",
        ),
        (
            partial(node, "sync-2", "http://192.0.2.7:8788"),
            TOKENS,
            "an engine on sync-2 (process 4711) keeps this mirror already, and cannot be asked: the token would "
            "travel to 192.0.2.7:8788 unencrypted (`bisonwatch --daemon` runs another engine beside it)",
        ),
    ],
)
def test_an_engine_that_cannot_be_asked_is_told_of(
    shell: Shell, sqlite_place: Place, there: Callable[[], Node], tokens: list[dict[str, str]], why: str
) -> None:
    """One line: who keeps the mirror, why it cannot be looked at, and what can be done."""
    with pytest.raises(StartError) as refused:
        found(shell, sqlite_place, there, tokens)
    assert str(refused.value) == why


@pytest.mark.parametrize(
    "there",
    [
        partial(node, HERE, f"http://127.0.0.1:{free_port()}"),
        partial(node, HERE, "http://127.0.0.1:9", stopped=True),
        partial(node, "sync-2", "http://192.0.2.7:8788", ago=60),
    ],
    ids=["killed a moment ago", "stopped", "silent"],
)
def test_an_engine_that_is_gone_is_none(shell: Shell, sqlite_place: Place, there: Callable[[], Node]) -> None:
    """Whatever it last said: then one of our own is started."""
    assert found(shell, sqlite_place, there, TOKENS) is None


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (
            ["attach", "http://127.0.0.1:9"],
            2,
            "no token is given (set BISONWATCH_API_TOKEN, or give --token-file; ",
        ),
        (
            ["attach", "http://mirror.example"],
            2,
            "the token would travel to mirror.example unencrypted (use https, ",
        ),
        (["attach", "nonsense://x"], 2, "'nonsense://x' is no address of a daemon (such as "),
    ],
)
def test_what_attach_cannot_do_is_one_line(
    shell: Shell, words: list[str], code: int, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit 2 for a call that cannot work."""
    monkeypatch.delenv("BISONWATCH_API_TOKEN", raising=False)
    said = shell.run(*words)
    assert (said.code, said.err.count("\n")) == (code, 1)
    assert said.err.startswith(f"bisonwatch: {why}")


@pytest.mark.parametrize("token", ["first-line\nsecond-line", "t\u00f6ken-0123456789", "two words"])
def test_what_is_no_token_is_not_sent_nor_told(
    shell: Shell, token: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither from the environment nor out of a file."""
    (tmp_path / "token").write_text(token, encoding="utf-8")
    monkeypatch.setenv("BISONWATCH_API_TOKEN", token)
    for words in ([], ["--token-file", str(tmp_path / "token")]):
        said = shell.run("attach", "http://127.0.0.1:9", *words)
        assert (said.code, said.err.count("\n")) == (2, 1)
        assert " holds no token (a token is one line without blanks, in plain ASCII)" in said.err
        assert token.split()[0] not in said.err


def test_attach_needs_a_terminal(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Others read the stream."""
    monkeypatch.setenv("BISONWATCH_API_TOKEN", OPS)
    said = shell.run("attach", "http://127.0.0.1:9")
    assert (said.code, said.err) == (
        1,
        "bisonwatch: this is no terminal (`curl` reads the stream: see docs/stream.md)\n",
    )
