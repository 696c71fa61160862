"""Routes of the event log."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import date

from bisonwatch.clients.bison import wire
from bisonwatch.clients.bison.door import Door, plain
from bisonwatch.clients.bison.fields import block, ident
from bisonwatch.clients.bison.pages import Page
from bisonwatch.clients.bison.query import between, only


class Events:
    """RouteMissing where the instance has no event log."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def pages(
        self, start: date, end: date, *, type: str | None = None, there: bool = False
    ) -> AsyncGenerator[Page[wire.LogRow], None]:
        """Newest first, ten days at most; `end` = tomorrow includes today; `type` is a lower-case event type.

        `there`: a row is known to be in it, so that an empty log is a broken answer.
        """
        query = [*between(start, end), *only(type=type)]
        return self._door.pages("/api/events", plain(wire.log_row), query, there=there)

    async def retry(self, attempt_id: int) -> int | None:
        """Have the provider deliver the event of that attempt again. The new delivery's id, where it is told."""
        answer = await self._door.write("POST", f"/api/webhook-attempts/{attempt_id}/retry")
        return ident(block(answer.data).get("webhook_delivery_id"))
