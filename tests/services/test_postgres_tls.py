"""What each sslmode asks of a server: needs a Postgres that can do TLS, and openssl to make a certificate."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from bisonwatch.clock import SystemClock
from bisonwatch.errors import StoreBarred
from bisonwatch.store.database import Database
from bisonwatch.store.place import Place
from tests.support import postgres

ASK = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
NOBODYS = "self-signed certificate"


@pytest.fixture(scope="module")
def certificate() -> Iterator[Path]:
    """For `localhost`, signed by itself; its key lies beside it."""
    folder = Path(tempfile.mkdtemp(prefix="bisonwatch-tls-"))
    words = (
        "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    )
    files = ["-keyout", str(folder / "server.key"), "-out", str(folder / "server.crt")]
    subprocess.run(["openssl", *words.split(), *files], check=True, capture_output=True)
    for path in (folder, folder / "server.key", folder / "server.crt"):
        if user := postgres.unprivileged():
            shutil.chown(path, user)
    yield folder / "server.crt"
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def port(certificate: Path) -> Iterator[int]:
    """Of a server that takes encrypted connections only."""
    folder = Path(tempfile.mkdtemp(prefix="bisonwatch-pg-"))
    files = f"-c ssl_cert_file={certificate} -c ssl_key_file={certificate.with_suffix('.key')}"
    server = postgres.Server(folder, options=f"-c ssl=on {files}")
    (server.data / "pg_hba.conf").write_text("hostssl all all all trust\n")
    server.start()
    yield server.port
    server.stop("immediate")
    shutil.rmtree(folder)


async def encrypted(url: str) -> bool:
    database = Database(Place(url), SystemClock())
    try:
        async with database.read() as tx:
            return bool(await tx.value(text(ASK)))
    finally:
        await database.close()


@pytest.mark.parametrize(
    ("host", "options"),
    [
        ("127.0.0.1", ""),
        ("127.0.0.1", "?sslmode=allow"),
        ("127.0.0.1", "?sslmode=prefer"),
        ("127.0.0.1", "?sslmode=require"),
        ("127.0.0.1", "?sslmode=verify-ca&sslrootcert=ROOT"),
        ("localhost", "?sslmode=verify-full&sslrootcert=ROOT"),
    ],
)
async def test_an_encrypted_line(port: int, certificate: Path, host: str, options: str) -> None:
    """Said or not, it is used where the server has it; a certificate is checked when that was asked for."""
    assert await encrypted(
        f"postgresql://bison@{host}:{port}/postgres{options.replace('ROOT', str(certificate))}"
    )


@pytest.mark.parametrize(
    ("host", "options", "expected"),
    [
        (
            "127.0.0.1",
            "?sslmode=disable",
            "no pg_hba.conf entry .* no encryption .*check the user and sslmode",
        ),
        ("127.0.0.1", "?sslmode=verify-ca", f"cannot be reached safely: .*{NOBODYS}.*docs/postgres.md"),
        ("localhost", "?sslmode=verify-full", f"cannot be reached safely: .*{NOBODYS}.*docs/postgres.md"),
        (
            "127.0.0.1",
            "?sslmode=verify-full&sslrootcert=ROOT",
            "cannot be reached safely: .*IP address mismatch",
        ),
    ],
)
async def test_a_line_that_is_not_as_asked(
    port: int, certificate: Path, host: str, options: str, expected: str
) -> None:
    """Nothing is sent over it, and one line says what is missing."""
    with pytest.raises(StoreBarred, match=expected) as said:
        await encrypted(
            f"postgresql://bison@{host}:{port}/postgres{options.replace('ROOT', str(certificate))}"
        )
    assert "\n" not in str(said.value)
