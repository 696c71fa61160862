"""An answer held back, so that something can be done to it before it leaves."""

from __future__ import annotations

from dataclasses import dataclass, replace

import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send


@dataclass(frozen=True, slots=True)
class Recorded:
    """Status, headers and body; the length that is announced is that of the body as recorded."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    @classmethod
    async def of(cls, app: ASGIApp, scope: Scope, receive: Receive) -> Recorded:
        told: list[Message] = []

        async def keep(message: Message) -> None:
            told.append(message)

        await app(scope, receive, keep)
        body = b"".join(message.get("body", b"") for message in told)
        return cls(told[0]["status"], tuple(told[0]["headers"]), body)

    def ended(self) -> Recorded:
        """The same page without rows, and nothing after it: a walk that simply stops here. Errors stay as they are."""
        content = orjson.loads(self.body)
        if "meta" not in content:
            return self
        content["data"] = []
        content["links"]["next"] = None
        if "last_page" in content["meta"]:
            content["meta"]["last_page"] = max(1, content["meta"]["current_page"] - 1)
        else:
            content["meta"]["next_cursor"] = None
        body = orjson.dumps(content)
        kept = [pair for pair in self.headers if pair[0] != b"content-length"]
        return replace(self, headers=(*kept, (b"content-length", str(len(body)).encode())), body=body)

    async def play(self, send: Send, length: int, *, whole: bool) -> None:
        """The first `length` bytes; not `whole` leaves the answer open."""
        await send({"type": "http.response.start", "status": self.status, "headers": list(self.headers)})
        await send({"type": "http.response.body", "body": self.body[:length], "more_body": not whole})
