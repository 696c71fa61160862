"""The simulator as a process, and the network sender over a real socket."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import httpx
import orjson
import pytest

from bisonwatch.simulator.sending import NetworkSender
from bisonwatch.simulator.serve import Ready, SimulatorOptions, serve


def test_it_announces_itself_in_one_line_and_dies_with_its_parent() -> None:
    """One JSON line with url, ids and keys; the API answers; closing its stdin ends it with code 0."""
    options = orjson.dumps({"watch_stdin": True, "workspaces": 3, "accounts": 30}).decode()
    command = [sys.executable, "-m", "bisonwatch.simulator", options]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        ready = orjson.loads(process.stdout.readline())
        bearer = {"authorization": f"Bearer {ready['api_keys']['12']}"}
        answer = httpx.get(ready["url"] + "/api/users", headers=bearer)
        process.stdin.close()
        assert process.wait(10) == 0
        assert process.stdout.read() == b""
    assert answer.json()["data"]["workspace"]["id"] == 12
    assert ready["workspace_ids"] == [12, 13, 14]


def test_a_signal_ends_it_in_order() -> None:
    """SIGTERM ends it with code 0 and without a traceback."""
    command = [sys.executable, "-m", "bisonwatch.simulator", '{"workspaces": 3, "accounts": 30}']
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.readline()
        process.terminate()
        assert process.wait(10) == 0
        assert process.stderr.read() == b""


async def test_it_delivers_to_the_given_url_until_cancelled() -> None:
    """`deliver_to` gets the webhooks of every workspace, with the workspace in the query; cancelling ends it."""
    arrived: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def receiver(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if not arrived.done():
            arrived.set_result(head)
        writer.close()

    listening = await asyncio.start_server(receiver, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    options = SimulatorOptions(
        workspaces=3, accounts=30, rate=200.0, deliver_to=f"http://127.0.0.1:{port}/hooks"
    )
    told: list[Ready] = []
    running = asyncio.create_task(serve(options, on_ready=told.append))
    head = await asyncio.wait_for(arrived, 10)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    listening.close()
    assert head.startswith(b"POST /hooks?workspace=1")
    assert list(told[0].names) == [12, 13, 14]


def test_a_wrong_option_is_a_sentence() -> None:
    """An unknown scenario ends with code 2 and says which there are."""
    command = [sys.executable, "-m", "bisonwatch.simulator", '{"scenario": "nonsense"}']
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert "no scenario 'nonsense'" in ended.stderr
    assert "Traceback" not in ended.stderr


async def talk(answer: bytes, posts: int, *, keep: bool = True) -> tuple[list[int | None], int]:
    """Codes of so many posts to a server that says `answer`, and how many connections they took."""
    connections = 0

    async def server(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        while head := await reader.readuntil(b"\r\n\r\n"):
            await reader.readexactly(int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]))
            writer.write(answer)
            if not keep:
                break
        writer.close()

    async def quiet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await server(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    listening = await asyncio.start_server(quiet, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    sender = NetworkSender()
    codes = [await sender.post(f"http://127.0.0.1:{port}/x?y=1", b"{}", 0.5) for _ in range(posts)]
    await sender.aclose()
    listening.close()
    return codes, connections


async def test_connections_are_kept_alive() -> None:
    """Three posts take one connection, for plain and chunked answers alike."""
    plain = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"
    assert await talk(plain, 3) == ([200] * 3, 1)
    assert await talk(chunked, 3) == ([200] * 3, 1)


async def test_a_closed_connection_is_replaced() -> None:
    """A server that closes after each answer is posted to on a new connection."""
    answer = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"
    assert await talk(answer, 2, keep=False) == ([503] * 2, 2)


async def test_no_answer_is_none() -> None:
    """Silence, nonsense and a refused connection are no code."""
    assert await talk(b"", 1) == ([None], 1)
    assert await talk(b"nonsense\r\n\r\n", 1) == ([None], 1)
    assert await NetworkSender().post("http://127.0.0.1:1/x", b"{}", 0.5) is None
