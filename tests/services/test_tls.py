"""TLS of our own doors, with certificates that openssl made."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import shutil
import socket
import ssl
import time
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from bisonwatch.cli.status_away import told
from bisonwatch.clients import daemon
from bisonwatch.clients.trust import Trust
from bisonwatch.config.certificate import Unusable, opened
from bisonwatch.config.doors import Api, Tls
from bisonwatch.config.exposure import remarks
from bisonwatch.config.settings import Settings
from bisonwatch.engine import handshake
from bisonwatch.engine.certificates import Certificate, Certificates
from bisonwatch.engine.servers import HttpServer
from bisonwatch.engine.sockets import bind
from bisonwatch.errors import CallError
from bisonwatch.metrics import Metrics
from tests.support import certificates
from tests.support.clock import ManualClock
from tests.support.daemon import OPS, Daemon


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an authority and what it signed: `one`, `two`, `elsewhere` (another name), `soon` (to end)."""
    folder = tmp_path_factory.mktemp("certificates")
    certificates.authority(folder)
    for name in ("one", "two"):
        certificates.signed(folder, name)
    certificates.signed(folder, "elsewhere", "bison.example")
    certificates.signed(folder, "soon", dates="-days 5")
    return folder


@pytest.fixture
def pair(made: Path, tmp_path: Path) -> Tls:
    """The first pair, where a renewal may replace it."""
    return renew(made, tmp_path, "one")


def renew(made: Path, there: Path, name: str, *endings: str) -> Tls:
    for ending in endings or ("pem", "key"):
        shutil.copy(made / f"{name}.{ending}", there / f"new.{ending}")
        os.replace(there / f"new.{ending}", there / f"mine.{ending}")
    return Tls(cert=str(there / "mine.pem"), key=str(there / "mine.key"))


async def hello(_scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
    await send({"type": "http.response.body", "body": b"hello"})


@asynccontextmanager
async def serving(context: ssl.SSLContext) -> AsyncIterator[HttpServer]:
    """At https://localhost:…"""
    server = HttpServer(hello, bind("api", "127.0.0.1", 0), context)
    server.url = server.url.replace("127.0.0.1", "localhost")
    running = asyncio.create_task(server.run())
    yield server
    server.close()
    await running


async def get(server: HttpServer, trust: Trust) -> str:
    async with httpx.AsyncClient(verify=trust.context) as http:
        return (await http.get(server.url)).text


def shown(server: HttpServer) -> bytes:
    """The certificate of a new connection. Blocks: ask it in a thread."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(server._socket.getsockname()) as line, context.wrap_socket(line) as secured:
        return secured.getpeercert(binary_form=True) or b""


def der(made: Path, name: str) -> bytes:
    return ssl.PEM_cert_to_DER_cert((made / f"{name}.pem").read_text())


async def test_a_private_authority_is_believed_when_named(
    made: Path, pair: Tls, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To us or to OpenSSL, and only then; another name than the certificate's is refused, but for the one that is pinned."""
    async with serving(Certificate("api", pair).context) as server:
        assert await get(server, Trust.authority(made / "ca.pem")) == "hello"
        assert await get(server, Trust.pinned(made / "one.pem")) == "hello"
        for other in (Trust.public(), Trust.pinned(made / "two.pem")):
            with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
                await get(server, other)
        monkeypatch.setenv("SSL_CERT_FILE", str(made / "ca.pem"))
        assert await get(server, Trust.public()) == "hello"
    elsewhere = Tls(cert=str(made / "elsewhere.pem"), key=str(made / "elsewhere.key"))
    async with serving(Certificate("api", elsewhere).context) as server:
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            await get(server, Trust.authority(made / "ca.pem"))
        assert await get(server, Trust.pinned(made / "elsewhere.pem")) == "hello"


def test_what_is_no_authority_is_one_clear_line(tmp_path: Path) -> None:
    """No file, and no certificate in it."""
    (tmp_path / "empty.pem").write_text("hello")
    for make in (Trust.authority, Trust.pinned):
        for name in ("empty.pem", "none.pem"):
            with pytest.raises(CallError, match=name):
                make(tmp_path / name)


@pytest.mark.parametrize(
    ("version", "spoken"),
    [
        (ssl.TLSVersion.TLSv1_1, None),
        (ssl.TLSVersion.TLSv1_2, "TLSv1.2"),
        (ssl.TLSVersion.TLSv1_3, "TLSv1.3"),
    ],
)
async def test_nothing_older_than_tls_1_2(pair: Tls, version: ssl.TLSVersion, spoken: str | None) -> None:
    """Whatever the client would speak."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():  # of those old ones Python disapproves itself
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = version
    async with serving(Certificate("api", pair).context) as server:
        try:
            _, writer = await asyncio.open_connection(*server._socket.getsockname(), ssl=context)
        except (ssl.SSLError, ConnectionError):
            assert spoken is None
            return
        assert writer.get_extra_info("ssl_object").version() == spoken
        writer.close()


async def test_a_renewed_certificate_is_shown_without_a_restart(
    made: Path, pair: Tls, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """From the next connection on, and never half of it; a connection that is open goes on."""
    clock, metrics = ManualClock(datetime.now(UTC)), Metrics()
    settings = Settings.model_validate({"api": {"tls": pair.model_dump()}})
    doors = Certificates(settings, clock, metrics)
    context = doors.context("api")
    assert context is not None
    async with (
        serving(context) as server,
        httpx.AsyncClient(verify=Trust.authority(made / "ca.pem").context) as open_since,
    ):
        assert (await open_since.get(server.url)).text == "hello"
        renew(made, tmp_path, "two", "pem")  # the key comes a moment later
        await doors.once()
        assert await asyncio.to_thread(shown, server) == der(made, "one")
        renew(made, tmp_path, "two", "key")
        await doors.once()
        assert await asyncio.to_thread(shown, server) == der(made, "two")
        assert (await open_since.get(server.url)).text == "hello"
        Path(pair.cert).unlink()
        await doors.once()
        assert await asyncio.to_thread(shown, server) == der(made, "two")
        renew(made, tmp_path, "soon")
        await doors.once()
        await doors.once()
    warned = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(warned) == 3  # each turn once
    assert "mine.key is not the key of the certificate" in warned[0]
    assert "mine.pem is no file; the certificate before goes on being shown" in warned[1]
    assert "the certificate of api expires on " in warned[2]
    left = metrics.certificates["api"] - clock.now()
    assert timedelta(days=4) < left < timedelta(days=6)


def wrong(made: Path, tmp_path: Path) -> Iterator[tuple[str, str, str, str]]:
    """Certificate, key, the setting at fault and what is said."""
    (tmp_path / "text").write_text("hello")
    cut = (made / "one.pem").read_text()
    (tmp_path / "cut.pem").write_text(cut[:200] + "\n-----END CERTIFICATE-----\n")
    certificates.openssl(made, f"pkey -in one.key -aes256 -passout pass:geheim -out {tmp_path}/locked.key")
    cert, key = str(made / "one.pem"), str(made / "one.key")
    yield str(made / "none.pem"), key, "cert", "is no file"
    yield cert, str(made / "none.key"), "key", "is no file"
    yield str(made), key, "cert", "is no file"
    yield cert, str(made / "one.key" / "x"), "key", "is no file"
    yield str(tmp_path / "text"), key, "cert", "holds no certificate in PEM form"
    yield str(tmp_path / "cut.pem"), key, "cert", "holds no certificate in PEM form"
    yield key, cert, "cert", "holds no certificate in PEM form"
    yield cert, cert, "key", "holds no private key in PEM form"
    yield cert, str(made / "two.key"), "key", "is not the key of the certificate in"
    yield cert, str(tmp_path / "locked.key"), "key", "is encrypted, and nobody is there to type its password"


def test_each_wrong_pair_is_one_clear_line(made: Path, tmp_path: Path) -> None:
    """With the setting at fault and the file's name; `config check` says the same before a start."""
    for cert, key, part, why in wrong(made, tmp_path):
        tls = Tls(cert=cert, key=key)
        with pytest.raises(Unusable, match=why) as refused:
            opened(tls)
        assert refused.value.part == part
        assert str(refused.value).startswith({"cert": cert, "key": key}[part])
        settings = Settings.model_validate({"listener": {"tls": tls.model_dump()}})
        found = [f"{level}: {name}" for level, name, _ in remarks(settings, {}, datetime.now(UTC))]
        assert f"error: listener.tls.{part}" in found


def test_a_file_that_may_not_be_read_says_so(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As those of certbot for anybody but root; even its folder may be closed."""

    def closed(_self: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", closed)
    with pytest.raises(Unusable, match=r"one.pem cannot be read: permission denied$"):
        opened(Tls(cert=str(made / "one.pem"), key=str(made / "one.key")))


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (-1, "is not valid before {:%Y-%m-%d}"),
        (1, None),
        (50, "expires on {:%Y-%m-%d}, and should have been renewed"),
        (61, "expired on {:%Y-%m-%d}"),
    ],
)
def test_its_end_is_told_with_the_date(made: Path, days: int, words: str | None) -> None:
    """A warning, since the door opens all the same; the dates are those that openssl reads."""
    tls = Tls(cert=str(made / "one.pem"), key=str(made / "one.key"))
    text = certificates.openssl(made, "x509 -in one.pem -noout -dates").split("\n")
    first, last = (
        datetime.strptime(line.partition("=")[2], "%b %d %H:%M:%S %Y GMT").replace(tzinfo=UTC)
        for line in text[:2]
    )
    found = opened(tls)[1]
    assert (found.first, found.last) == (first, last)
    doubt = found.doubt(first + timedelta(days=days))
    assert (
        doubt is None if words is None else str(doubt).startswith(words.format(first if days < 0 else last))
    )


async def test_a_handshake_that_never_ends_is_ended(pair: Tls, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether nothing comes, garbage, or half a greeting; who speaks TLS is served meanwhile, and the door closes at once."""
    monkeypatch.setattr(handshake, "HANDSHAKE_S", 0.3)
    async with serving(Certificate("api", pair).context) as server:
        lines = [await asyncio.open_connection(*server._socket.getsockname()) for _ in range(30)]
        for number, (_, writer) in enumerate(lines):
            writer.write((b"", b"GET / HTTP/1.1\r\nhost: l\r\n\r\n", b"\x16\x03\x01\x02\x00\x01")[number % 3])
        assert await get(server, Trust.pinned(Path(pair.cert))) == "hello"
        async with asyncio.timeout(20):
            heard = [await reader.read() for reader, _ in lines]
        assert not any(b"hello" in answer for answer in heard)
        await asyncio.open_connection(*server._socket.getsockname())
        began = time.monotonic()
    assert time.monotonic() - began < 5


async def test_status_asks_a_daemon_over_tls(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A living daemon with a private certificate: by its authority, by the pinned certificate, and not by the public ones."""
    monkeypatch.setattr(daemon, "PATIENCE_S", 30.0)
    tls = {"cert": str(made / "one.pem"), "key": str(made / "one.key")}
    with Daemon(tmp_path, api={"tls": tls}, listener={"tls": tls}) as living:
        living.start()
        url = living.api.replace("http://127.0.0.1", "https://localhost")
        for trust in (Trust.authority(made / "ca.pem"), Trust.pinned(made / "one.pem")):
            found = await daemon.status(url, OPS, trust)
            assert found is not None
            assert {"version", "workspaces"} <= set(found)
        assert await daemon.status(url, OPS) is None
        port = urlsplit(living.api).port
        token = {"name": "t", "role": "viewer", "token": OPS}
        mine = Api.model_validate({"host": "0.0.0.0", "port": port, "tls": tls, "tokens": [token]})
        said = await told(mine, as_json=True)  # as `bisonwatch status` does here without a database
        assert said is not None
        assert set(json.loads(said)) == set(found)
        assert await daemon.status(url, "wrong", Trust.authority(made / "ca.pem")) is None
        assert living.stop() == 0


async def test_an_idle_connection_does_not_hold_up_a_stop(pair: Tls) -> None:
    """Its end is said, and who does not listen is not waited for: the engine has ten seconds for everything."""

    def idle(port: int) -> ssl.SSLSocket:
        context = Trust.pinned(Path(pair.cert)).context
        line = context.wrap_socket(socket.create_connection(("127.0.0.1", port)))
        line.sendall(b"GET / HTTP/1.1\r\nhost: l\r\n\r\n")
        assert line.recv(100)
        return line

    async with serving(Certificate("api", pair).context) as server:
        port = server._socket.getsockname()[1]
        lines = [await asyncio.to_thread(idle, port) for _ in range(3)]
        began = time.monotonic()
    assert time.monotonic() - began < 5
    for line in lines:
        line.close()
