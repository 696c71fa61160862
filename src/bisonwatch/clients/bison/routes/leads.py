"""Routes of leads, their mail, and the lists they came in with."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from bisonwatch.clients.bison import wire
from bisonwatch.clients.bison.door import ABREAST, Door, plain
from bisonwatch.clients.bison.pages import Page
from bisonwatch.clients.bison.query import record


class Leads:
    """A lead may be named by its id or its address."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def pages(
        self, *, abreast: int = ABREAST, newer_than: int | None = None, there: bool = False
    ) -> AsyncGenerator[Page[wire.LeadRow], None]:
        """All leads; with `newer_than`, newest first down to the page that reaches that id. `there`: some were seen before."""
        make = plain(wire.lead_row)
        return self._door.pages("/api/leads", make, abreast=abreast, newer_than=newer_than, there=there)

    async def total(self) -> int | None:
        """How many there are; None where the provider does not count them."""
        return await self._door.total("/api/leads")

    async def one(self, lead: int | str) -> wire.LeadRow:
        """RecordMissing when it is gone."""
        return await self._door.one(f"/api/leads/{record(lead)}", plain(wire.lead_row))

    def replies_pages(self, lead: int | str) -> AsyncGenerator[Page[wire.ReplyRow], None]:
        """What it wrote, newest first."""
        return self._door.pages(f"/api/leads/{record(lead)}/replies", plain(wire.reply_row))

    def sent_pages(self, lead: int | str) -> AsyncGenerator[Page[wire.SendRow], None]:
        """What was sent to it, newest first; the lead's own block may be left out."""
        return self._door.pages(f"/api/leads/{record(lead)}/sent-emails", plain(wire.send_row))

    def planned_pages(self, lead: int | str) -> AsyncGenerator[Page[wire.SendRow], None]:
        """Its part of the send ledger, newest first, what is only planned too."""
        return self._door.pages(f"/api/leads/{record(lead)}/scheduled-emails", plain(wire.send_row))

    def lists_pages(self) -> AsyncGenerator[Page[wire.LeadListRow], None]:
        """The imports."""
        return self._door.pages("/api/lead-lists", plain(wire.lead_list_row))
