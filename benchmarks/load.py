"""A load generator in a process of its own: raw keep-alive sockets in one thread, so that it is not what is measured.

Prints one JSON object: answers in time, per second, and percentiles of milliseconds.

    python -m benchmarks.load --port 8787 --connections 64 --seconds 5
    python -m benchmarks.load --port 8787 --connections 16 --seconds 5 --rate 500
"""

from __future__ import annotations

import argparse
import json
import selectors
import socket
import time
from dataclasses import dataclass, field

from benchmarks.bodies import PATH, Maker, sent

WAIT_S = 10.0
_END = b"\r\n\r\n"
_LENGTH = b"content-length: "


def request(body: bytes, path: str = PATH) -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def complete(answer: bytes) -> bool:
    """Whether a whole answer has come."""
    end = answer.find(_END)
    if end < 0:
        return False
    place = answer.find(_LENGTH) + len(_LENGTH)
    return len(answer) >= end + 4 + int(answer[place : answer.find(b"\r", place)])


def connected(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=WAIT_S)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


@dataclass(slots=True)
class Wire:
    """One connection, and what it waits for."""

    socket: socket.socket
    since: float = 0.0
    answer: bytes = b""


@dataclass(slots=True)
class Tally:
    """Milliseconds of each answer, and how many were not 200."""

    took: list[float] = field(default_factory=list)
    refused: int = 0

    def add(self, answer: bytes, milliseconds: float) -> None:
        self.took.append(milliseconds)
        self.refused += not answer.startswith(b"HTTP/1.1 200")

    def figures(self, seconds: float) -> dict[str, float]:
        ordered = sorted(self.took) or [0.0]
        shares = {f"p{n}": ordered[min(len(ordered) - 1, len(ordered) * n // 100)] for n in (50, 95, 99)}
        return {
            "count": len(self.took),
            "refused": self.refused,
            "per_s": len(self.took) / seconds,
            **{name: round(value, 3) for name, value in shares.items()},
        }


class Load:
    """Closed loop by default: each connection sends again when it is answered. With a rate: at that rate, whoever is free."""

    def __init__(self, port: int, connections: int, make: Maker, first: int) -> None:
        self._make = make
        self._next = first
        self._selector = selectors.DefaultSelector()
        self._wires = [Wire(connected(port)) for _ in range(connections)]
        for wire in self._wires:
            self._selector.register(wire.socket, selectors.EVENT_READ, wire)

    def _send(self, wire: Wire, since: float) -> None:
        wire.since = since
        wire.socket.sendall(request(self._make(self._next)))
        self._next += 1

    def _answered(self, timeout: float) -> list[Wire]:
        """Connections whose whole answer came."""
        found = []
        for key, _ in self._selector.select(timeout):
            wire: Wire = key.data
            piece = wire.socket.recv(65_536)
            if not piece:
                raise ConnectionError("the server hung up")
            wire.answer += piece
            if complete(wire.answer):
                found.append(wire)
        return found

    def _taken(self, wire: Wire, tally: Tally) -> None:
        tally.add(wire.answer, (time.monotonic() - wire.since) * 1000)
        wire.answer = b""

    def closed(self, seconds: float) -> Tally:
        tally, end = Tally(), time.monotonic() + seconds
        for wire in self._wires:
            self._send(wire, time.monotonic())
        waiting = len(self._wires)
        while waiting:
            for wire in self._answered(WAIT_S):
                self._taken(wire, tally)
                if time.monotonic() < end:
                    self._send(wire, time.monotonic())
                else:
                    waiting -= 1
        return tally

    def open(self, seconds: float, rate: float) -> Tally:
        """Timed from when each should have gone, so that a slow server cannot hide its queue."""
        tally, start = Tally(), time.monotonic()
        free, gone, total = list(self._wires), 0, int(seconds * rate)
        while gone < total or len(free) < len(self._wires):
            due = start + gone / rate
            while free and gone < total and due <= time.monotonic():
                self._send(free.pop(), due)
                gone += 1
                due = start + gone / rate
            wait = max(0.0, due - time.monotonic()) if free and gone < total else WAIT_S
            for wire in self._answered(wait):
                self._taken(wire, tally)
                free.append(wire)
        return tally

    def close(self) -> None:
        for wire in self._wires:
            wire.socket.close()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--warm", type=float, default=0.0)
    parser.add_argument("--rate", type=float)
    parser.add_argument("--first", type=int, default=0, help="the number of the first event")
    chosen = parser.parse_args()
    load = Load(chosen.port, chosen.connections, sent(), chosen.first)
    if chosen.warm:
        load.closed(chosen.warm)
    started = time.monotonic()
    tally = load.open(chosen.seconds, chosen.rate) if chosen.rate else load.closed(chosen.seconds)
    print(json.dumps(tally.figures(time.monotonic() - started)))
    load.close()


if __name__ == "__main__":
    main()
