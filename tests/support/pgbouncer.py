"""A throw-away PgBouncer in transaction mode beside a throw-away Postgres."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.postgres import Server, free_port, unprivileged

# Everything that matters is as the package has it. Round robin gives each transaction another connection to the server, as a busy pooler
# would: what is left behind in a session is not there any more. A server that is back is tried after 1 s, not 15: outages are short here.
_CONFIGURATION = """
[databases]
* = host=127.0.0.1 port={server}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {users}
pool_mode = {mode}
default_pool_size = {size}
server_round_robin = 1
server_login_retry = 1
logfile = {log}
"""


class Pooler:
    """`url` is as the server's, through the pooler."""

    def __init__(self, server: Server, folder: Path, mode: str = "transaction") -> None:
        self.port = free_port()
        self._log = folder / "pgbouncer.log"
        users, configuration = folder / "users.txt", folder / "pgbouncer.ini"
        users.write_text('"bison" ""\n')
        configuration.write_text(
            _CONFIGURATION.format(
                server=server.port,
                port=self.port,
                users=users,
                mode=mode,
                size=5 if mode == "transaction" else 20,
                log=self._log,
            )
        )
        user = unprivileged()
        if user:
            shutil.chown(folder, user)
        self._process = subprocess.Popen(
            [_program(), str(configuration)], user=user, stderr=subprocess.DEVNULL, cwd=folder
        )
        self._await_door()

    def _await_door(self) -> None:
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and self._process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        told = self._log.read_text()[-2000:] if self._log.exists() else ""
        raise RuntimeError(f"pgbouncer does not listen on {self.port}: {told}")

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://bison@127.0.0.1:{self.port}/{database}"

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()


def _program() -> str:
    found = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found is None:
        raise RuntimeError("pgbouncer is missing: install it, on Debian with: apt-get install pgbouncer")
    return found


@contextmanager
def beside(server: Server, mode: str = "transaction") -> Iterator[Pooler]:
    """A pooler that is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="bisonwatch-pooler-"))
    pooler = Pooler(server, folder, mode)
    try:
        yield pooler
    finally:
        pooler.stop()
        shutil.rmtree(folder, ignore_errors=True)
