"""The listener's refusals, ready as bytes: problem+json (RFC 9457), told in the provider's delivery log."""

from __future__ import annotations

from dataclasses import dataclass

import orjson


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer other than 200."""

    status: int
    title: str
    headers: tuple[tuple[bytes, bytes], ...] = ()
    close: bool = False
    """Whether the connection must end because the body was not read."""

    @property
    def body(self) -> bytes:
        return orjson.dumps({"type": "about:blank", "title": self.title, "status": self.status})


class Refused(Exception):
    """Raised anywhere on the way, and answered by the listener."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.title)
        self.refusal = refusal


NOT_FOUND = Refusal(404, "no webhook endpoint here; it is /webhooks/{instance}/{token}")
NOT_POST = Refusal(405, "webhooks are delivered by POST", ((b"allow", b"POST"),))
NO_LENGTH = Refusal(411, "the request says neither its length nor that it comes in chunks", close=True)
UNAUTHORIZED = Refusal(401, "wrong or missing token", close=True)
TOO_LARGE = Refusal(413, "the body is larger than listener.max_body", close=True)
TOO_MANY = Refusal(429, "too many wrong tokens from this address", ((b"retry-after", b"60"),), close=True)
NOT_DURABLE = Refusal(503, "nothing durable can be written now", ((b"retry-after", b"10"),))
TOO_SLOW = Refusal(408, "the body did not come to its end in time", close=True)
TOO_MUCH = Refusal(503, "more is on its way here than memory allows", ((b"retry-after", b"10"),), close=True)
NOT_JSON = Refusal(400, "the body is not a JSON object")
