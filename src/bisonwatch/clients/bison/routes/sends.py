"""Routes of the send ledger, over the whole workspace."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from datetime import date

from bisonwatch.clients.bison import wire
from bisonwatch.clients.bison.door import Door, plain
from bisonwatch.clients.bison.pages import Page
from bisonwatch.clients.bison.query import Criterion, on, only, several


class Sends:
    def __init__(self, door: Door) -> None:
        self._door = door

    def pages(
        self,
        *,
        status: str | None = None,
        day: date | None = None,
        criterion: Criterion = ">=",
        campaigns: Sequence[int] = (),
        leads: Sequence[int] = (),
        accounts: Sequence[int] = (),
        newer_than: int | None = None,
        there: bool = False,
    ) -> AsyncGenerator[Page[wire.SendRow], None]:
        """Newest id first; `day` is compared in each campaign's own time zone. `there`: the ledger has rows, of other days perhaps.

        `status` is a word of the filter: sent, scheduled, failed, paused, stopped, bounced, unsubscribed (a paused row says
        `sending_paused`). Ids are given when a message is planned, not when it is sent, so that a message sent today may
        stand far below: follow what is sent by `day`, not by `newer_than`.
        """
        query = [
            *only(status=status),
            *on("scheduled_date_local", criterion, day),
            *several("campaign_ids", campaigns),
            *several("lead_ids", leads),
            *several("sender_email_ids", accounts),
        ]
        route = "/api/scheduled-emails"
        make = plain(wire.send_row)
        return self._door.pages(route, make, query, newer_than=newer_than, there=there)

    async def one(self, send_id: int) -> wire.SendRow:
        """One message; live instances leave its lead out."""
        return await self._door.one(f"/api/scheduled-emails/{send_id}", plain(wire.send_row))
