"""Routes of the master inbox."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Literal

from bisonwatch.clients.bison import wire
from bisonwatch.clients.bison.door import Door, plain
from bisonwatch.clients.bison.pages import Page
from bisonwatch.clients.bison.query import only

Folder = Literal["inbox", "sent", "spam", "bounced", "all"]
ReplyState = Literal["interested", "automated_reply", "not_automated_reply"]


class Replies:
    """Answers, bounces, our own mail and spam; often warm-up mail too."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def pages(
        self,
        *,
        folder: Folder | None = None,
        status: ReplyState | None = None,
        campaign: int | None = None,
        lead: int | None = None,
        account: int | None = None,
        newer_than: int | None = None,
        there: bool = False,
        start: str | None = None,
    ) -> AsyncGenerator[Page[wire.ReplyRow], None]:
        """Newest id first. There is no filter by date: `newer_than` ends the walk with the page that reaches that id.

        `there`: some were seen in this list before; `start` is a page's `cursor` of an earlier walk.
        """
        query = only(
            folder=folder, status=status, campaign_id=campaign, lead_id=lead, sender_email_id=account
        )
        make = plain(wire.reply_row)
        return self._door.pages("/api/replies", make, query, newer_than=newer_than, there=there, start=start)

    async def one(self, reply_id: int) -> wire.ReplyRow:
        """RecordMissing when it is gone."""
        return await self._door.one(f"/api/replies/{reply_id}", plain(wire.reply_row))

    async def thread(self, reply_id: int) -> wire.ThreadRow:
        """What was written before and after it, as far as the provider tells."""
        return await self._door.one(f"/api/replies/{reply_id}/conversation-thread", plain(wire.thread_row))
