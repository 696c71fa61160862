"""A real engine over real sockets."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text

from bisonwatch.bus import Topic
from bisonwatch.clock import AgreedClock, SystemClock
from bisonwatch.config.settings import Settings
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.run import Job
from bisonwatch.engine.service import Engine
from bisonwatch.engine.sockets import Sockets, bind
from bisonwatch.errors import StartError, StoreNewer, StoreUnavailable
from bisonwatch.store import nodes, runs
from bisonwatch.store.database import Database
from bisonwatch.store.place import Place
from tests.engine.conftest import OPERATOR, TOKEN

BODY = Path("tests/fixtures/webhooks/email_sent.json")
BEARER = {"authorization": f"Bearer {OPERATOR}"}


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Engine]:
    engine = Engine(settings, Sockets.bound(settings), AgreedClock(SystemClock()))
    await engine.start()
    try:
        yield engine
    finally:
        await engine.stop()


async def in_the_mirror(engine: Engine, client: httpx.AsyncClient) -> dict:
    """The status once a delivery is visible in the mirror."""
    changed = engine.bus.subscribe(Topic.CHANGED)
    while True:
        status = (await client.get(f"{engine.api.url}/api/v1/status", headers=BEARER)).json()
        if status["latency_ms"]["p50"] is not None:
            return status
        await changed.wait(0.2)


async def test_a_webhook_comes_in_and_the_api_tells_of_it(settings: Settings) -> None:
    """Over HTTP, from start to stop; afterwards nothing is left running or listening."""
    before = asyncio.all_tasks()
    async with running(settings) as engine, httpx.AsyncClient() as client:
        hook = f"{engine.listener.url}/webhooks/main/{TOKEN}"
        answer = await client.post(hook, content=BODY.read_bytes())
        assert (answer.status_code, answer.json()) == (200, {"accepted": True, "duplicate": False})
        status = await in_the_mirror(engine, client)
        assert status["listener"]["acked"] == 1
        assert (await client.get(f"{engine.api.url}/readyz")).status_code == 200
        ports = [int(url.rpartition(":")[2]) for url in (engine.listener.url, engine.api.url)]
    await asyncio.sleep(0)
    assert {task.get_name() for task in asyncio.all_tasks() - before} == set()
    for port in ports:
        bind("listener", "127.0.0.1", port).close()


async def test_a_request_in_flight_is_answered_before_the_end(settings: Settings) -> None:
    """Its last byte comes after the stop began; it is acknowledged, and durable."""
    body = BODY.read_bytes()
    async with running(settings) as engine:
        port = int(engine.listener.url.rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        head = f"POST /webhooks/main/{TOKEN} HTTP/1.1\r\nhost: x\r\ncontent-length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body[:-1])
        await writer.drain()
        while not engine.listener._server.server_state.tasks:
            await asyncio.sleep(0)
        stopping = asyncio.create_task(engine.stop())
        await asyncio.sleep(0)
        writer.write(body[-1:])
        answer = await reader.readuntil(b"}")
        await stopping
        writer.close()
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(b'{"accepted":true,"duplicate":false}')


async def test_a_stop_gives_back_what_was_taken_and_may_be_done_twice(
    settings: Settings, sqlite_place: Place
) -> None:
    """Its runs wait again, its heartbeat says that it stopped."""
    async with running(settings) as engine:
        await engine.requests.ask(Job.RESYNC, (WorkspaceKey("main", 12),), (), "a person")
        await engine.stop()
    database = Database(sqlite_place, AgreedClock(SystemClock()))
    async with database.read() as tx:
        assert {run.started_at for run in await runs.open_runs(tx)} <= {None}
        [node] = await nodes.recent(tx)
    assert node.stopped_at is not None
    await database.close()


async def test_a_stop_with_the_database_away_still_ends(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody can be told; everything of ours is closed all the same."""
    async with running(settings) as engine:

        async def away(*_: object) -> int:
            raise StoreUnavailable

        monkeypatch.setattr(runs, "give_back", away)
    assert "others will notice by themselves" in caplog.text
    assert engine.sockets.listener.fileno() == -1


async def test_a_newer_database_is_refused_and_nothing_stays_open(
    settings: Settings, sqlite_place: Place
) -> None:
    """The start fails with what to do; both ports are free again."""
    await set_revision(sqlite_place, "9999")
    engine = Engine(settings, Sockets.bound(settings), AgreedClock(SystemClock()))
    with pytest.raises(StoreNewer, match="upgrade bisonwatch itself"):
        await engine.start()
    assert engine.sockets.listener.fileno() == engine.sockets.api.fileno() == -1


async def set_revision(place: Place, revision: str) -> None:
    database = Database(place, AgreedClock(SystemClock()))
    async with database.write() as tx:
        await tx.run(text(f"UPDATE alembic_version SET version_num = '{revision}'"))
    await database.close()


async def test_an_empty_database_gets_its_schema(settings: Settings, tmp_path: Path) -> None:
    """The first start makes it."""
    empty = settings.model_dump(by_alias=True) | {"database": {"url": f"sqlite:///{tmp_path / 'new.db'}"}}
    async with running(Settings.model_validate(empty)) as engine, engine.database.read() as tx:
        assert [node.id for node in await nodes.recent(tx)] == [engine.identity.id]


def test_a_port_in_use_is_one_clear_line(settings: Settings) -> None:
    """It names the setting to change, and the other socket is closed again."""
    taken = bind("listener", "127.0.0.1", 0)
    port = taken.getsockname()[1]
    busy = settings.model_copy(update={"api": settings.api.model_copy(update={"port": port})})
    with pytest.raises(StartError) as refused:
        Sockets.bound(busy)
    taken.close()
    assert str(refused.value) == (
        f"api 127.0.0.1:{port} is in use "
        "(is another bisonwatch running? `bisonwatch status` tells; else change api.port)"
    )


@pytest.mark.parametrize(
    ("host", "line"),
    [
        ("203.0.113.1", "listener 203.0.113.1:0 cannot be bound: .+ \\(change listener.host\\)"),
        ("é..b", "listener é..b:0 cannot be bound: this is no host name \\(change listener.host\\)"),
    ],
)
def test_an_address_that_is_not_ours_is_one_clear_line(host: str, line: str) -> None:
    """Whatever the machine says about it."""
    with pytest.raises(StartError, match=line):
        bind("listener", host, 0)


def test_an_ipv6_address_is_shown_with_brackets(settings: Settings) -> None:
    """So that the URL can be pasted."""
    if not socket.has_ipv6:
        return
    sockets = Sockets(bind("listener", "::1", 0), bind("api", "::1", 0))
    engine = Engine(settings, sockets, AgreedClock(SystemClock()))
    assert engine.listener.url.startswith("http://[::1]:")
    sockets.close()


def test_a_certificate_that_is_none_is_one_clear_line(settings: Settings, tmp_path: Path) -> None:
    """Before anything starts."""
    (tmp_path / "cert.pem").write_text("not a certificate")
    tls = {"cert": str(tmp_path / "cert.pem"), "key": str(tmp_path / f"{uuid4()}.pem")}
    values = settings.model_dump(by_alias=True) | {"listener": {"port": 0, "tls": tls}}
    chosen = Settings.model_validate(values)
    sockets = Sockets.bound(chosen)
    with pytest.raises(StartError, match=r"^listener.tls.cert: .*cert.pem holds no certificate in PEM form$"):
        Engine(chosen, sockets, AgreedClock(SystemClock()))
    sockets.close()
