"""What only a process of its own can show: the demo, the daemon, signals."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from bisonwatch.engine.sockets import bind
from tests.api.test_reads import STATUS, WORKSPACE
from tests.cli.conftest import HOOK_TOKEN, Shell

BODY = Path(__file__).parents[1] / "fixtures" / "webhooks" / "email_sent.json"


def test_the_demo_prints_exactly_one_object(shell: Shell) -> None:
    """`--json`: the final status on stdout and nothing else; what is told on the way is readable, on stderr."""
    said = shell.spawn(
        "demo", "--headless", "--for", "8s", "--json", "--workspaces", "3", "--accounts", "30", "--rate", "60"
    )
    assert said.code == 0, said.err
    status = json.loads(said.out)
    assert said.out.count("\n") == 1
    assert set(status) >= STATUS
    assert all(set(row) >= WORKSPACE for row in status["workspaces"])
    assert len(status["workspaces"]) == 3
    assert status["inbox"]["processed"] > 20
    assert status["listener"]["acked"] > 0
    assert said.err.startswith("bisonwatch demo: 3 workspaces, 30 accounts, 60 events/s; Ctrl+C ends it\n")
    assert "Traceback" not in said.err


def test_the_demo_ends_at_ctrl_c_and_leaves_its_database_where_asked(shell: Shell, tmp_path: Path) -> None:
    """Exit 0, no traceback; `--keep` holds the mirror."""
    words = ["demo", "--headless", "--workspaces", "3", "--accounts", "20", "--keep", str(tmp_path / "kept")]
    command = [sys.executable, "-m", "bisonwatch", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        child.stdout.readline()
        seen = child.stdout.readline()  # the first status: the engine runs
        child.send_signal(signal.SIGINT)
        rest, errors = child.communicate(timeout=30)
    assert (child.returncode, errors) == (0, "")
    assert seen.startswith("bisonwatch ")
    assert rest.endswith("bisonwatch demo: ended\n")
    assert (tmp_path / "kept" / "mirror.db").exists()


def test_the_daemon_says_ready_takes_webhooks_and_ends_at_sigterm(shell: Shell, tmp_path: Path) -> None:
    """systemd is told; logs are JSON lines without a secret; exit 0."""
    door = bind("listener", "127.0.0.1", 0)
    port = door.getsockname()[1]
    door.close()
    shell.config["listener"]["port"] = port
    command = [sys.executable, "-m", "bisonwatch", "--config", str(shell.write()), "--daemon"]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(30)
        environment = {**os.environ, "NOTIFY_SOCKET": str(tmp_path / "notify")}
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as child:
            assert systemd.recv(100) == b"READY=1"
            hook = f"http://127.0.0.1:{port}/webhooks/main/{HOOK_TOKEN}"
            assert httpx.post(hook, content=BODY.read_bytes()).json() == {
                "accepted": True,
                "duplicate": False,
            }
            child.terminate()
            assert systemd.recv(100) == b"STOPPING=1"
            _, errors = child.communicate(timeout=30)
    assert child.returncode == 0, errors
    lines = [json.loads(line) for line in errors.splitlines()]
    assert {"at", "level", "logger", "message"} <= set(lines[0])
    assert HOOK_TOKEN not in errors


def test_a_port_in_use_keeps_the_daemon_from_starting(shell: Shell) -> None:
    """One line with the setting to change, exit 1."""
    taken = bind("listener", "127.0.0.1", 0)
    port = taken.getsockname()[1]
    shell.config["listener"]["port"] = port
    said = shell.run("--daemon")
    taken.close()
    assert (said.code, said.err) == (
        1,
        f"bisonwatch: listener 127.0.0.1:{port} is in use "
        "(is another bisonwatch running? `bisonwatch status` tells; else change listener.port)\n",
    )


def test_a_pipe_that_closes_early_is_no_error(shell: Shell) -> None:
    """`bisonwatch config show | head -1`."""
    command = f"{sys.executable} -m bisonwatch --config {shell.write()} config show | head -1"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("words", [[], ["--daemon"]])
def test_without_a_configuration_nothing_starts(shell: Shell, words: list[str], tmp_path: Path) -> None:
    """The first line a new user may see says what to do."""
    command = [sys.executable, "-m", "bisonwatch", *words]
    environment = {**os.environ, "HOME": str(tmp_path)}
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("bisonwatch: nothing to watch")
