"""The fixtures, and a provider that answers from a list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import orjson

from bisonwatch.clients.bison.breaker import Breaker
from bisonwatch.clients.bison.client import BisonClient
from bisonwatch.clients.bison.connections import connect
from bisonwatch.clients.bison.pace import Pace
from tests.support.clock import ManualClock

FIXTURES = Path(__file__).parents[1] / "fixtures"
BASE = "https://send.harborline.example"
KEY = "41|INVENTEDtokenINVENTED"


def webhook(name: str) -> bytes:
    return (FIXTURES / "webhooks" / f"{name}.json").read_bytes()


def rest(name: str) -> bytes:
    return (FIXTURES / "rest" / f"{name}.json").read_bytes()


def rest_json(name: str) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(rest(name))
    return found


def answer(body: object, status: int = 200, **headers: str) -> httpx.Response:
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    return httpx.Response(
        status, content=content, headers={k.replace("_", "-"): v for k, v in headers.items()}
    )


Reply = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


@dataclass
class Provider:
    """Answers one after the other from `replies` (the last one for ever) and remembers what it was asked."""

    replies: list[Reply]
    clock: ManualClock = field(default_factory=lambda: ManualClock(auto=True))
    asked: list[httpx.Request] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.breaker = Breaker(self.clock)
        self.pace = Pace(self.clock)
        self.http = connect(BASE, transport=httpx.MockTransport(self._handle))
        self.client = BisonClient(BASE + "/", KEY, self.http, self.clock, self.pace, self.breaker)

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if isinstance(reply, Exception):
            raise reply
        if isinstance(reply, httpx.Response):
            return httpx.Response(reply.status_code, content=reply.content, headers=reply.headers)
        return reply(request)

    @property
    def queries(self) -> list[dict[str, str]]:
        return [dict(request.url.params) for request in self.asked]
