"""Load on a listener: many connections that go on through every fault, and every answer written down."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from tests.support.events import Event, stream

RETRY_S = 0.02
ANSWER_S = 15.0


@dataclass(frozen=True, slots=True)
class Answer:
    """One delivery. `status` is None where the connection broke before an answer came; `at` is the wall clock, in seconds."""

    event: Event
    status: int | None
    at: float
    took: float


class Load(threading.Thread):
    """Delivers `events` over `connections`, in turn to each of `urls`, from `start` until `stop`.

    `pause` is how long a connection rests after an answer, in seconds: 0 is as fast as it is answered.
    """

    def __init__(
        self,
        *urls: str,
        seed: int,
        connections: int = 8,
        pause: float = 0.0,
        copies: tuple[int, int] = (1, 1),
    ) -> None:
        super().__init__(daemon=True)
        self.answers: list[Answer] = []
        self._urls = urls
        self._connections = connections
        self._pause = pause
        self._events: Iterator[Event] = stream(seed, copies=copies)
        self._over = threading.Event()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> Sequence[Answer]:
        """Everything that was sent; requests in flight are waited for."""
        self._over.set()
        self.join(ANSWER_S + 5)
        assert not self.is_alive(), "the load did not end"
        return self.answers

    def acked(self) -> int:
        return sum(1 for answer in tuple(self.answers) if answer.status == 200)

    def wait_for(self, deliveries: int, status: int = 200, within: float = 60.0) -> None:
        """Until so many more have got that answer from now on."""
        before, until = len(self.answers), time.monotonic() + within
        while sum(1 for answer in self.answers[before:] if answer.status == status) < deliveries:
            assert time.monotonic() < until, (
                f"not {deliveries} answers {status} in {within} s: {self.told(before)}"
            )
            time.sleep(0.01)

    def wait_any(self, deliveries: int, within: float = 60.0) -> None:
        """Until so many more have got an answer, whatever it is."""
        wanted = len(self.answers) + deliveries
        eventually(lambda: len(self.answers) >= wanted, f"{deliveries} answers of any kind", within)

    def told(self, since: int = 0) -> dict[int | None, int]:
        """How many answers of each status."""
        found: dict[int | None, int] = {}
        for answer in self.answers[since:]:
            found[answer.status] = found.get(answer.status, 0) + 1
        return found

    def run(self) -> None:
        asyncio.run(self._all())

    async def _all(self) -> None:
        async with asyncio.TaskGroup() as group:
            for number in range(self._connections):
                group.create_task(self._connection(self._urls[number % len(self._urls)]))

    async def _connection(self, url: str) -> None:
        there = urlsplit(url)
        line: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        while not self._over.is_set():
            event = next(self._events)
            at, started = time.time(), time.monotonic()
            try:
                if line is None:
                    line = await asyncio.open_connection(there.hostname, there.port)
                status, ends = await asyncio.wait_for(_delivered(*line, there.path, event.body), ANSWER_S)
            except (OSError, EOFError, TimeoutError):
                status, ends = None, True
            if ends and line is not None:
                line[1].transport.abort()
                line = None
            self.answers.append(Answer(event, status, at, time.monotonic() - started))
            await asyncio.sleep(RETRY_S if status != 200 else self._pause)
        if line is not None:
            line[1].close()


async def _delivered(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str, body: bytes
) -> tuple[int | None, bool]:
    """The status of one POST, and whether the connection ends with it."""
    writer.write(
        b"POST %b HTTP/1.1\r\nhost: l\r\ncontent-length: %d\r\n\r\n%b" % (path.encode(), len(body), body)
    )
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    length = next(int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length:"))
    await reader.readexactly(length)
    return int(lines[0].split()[1]), b"connection: close" in lines


def eventually(true: Callable[[], bool], what: str, within: float = 60.0) -> None:
    """Until a condition holds; the deadline says what did not happen."""
    until = time.monotonic() + within
    while not true():
        assert time.monotonic() < until, f"within {within} s: {what}"
        time.sleep(0.05)
