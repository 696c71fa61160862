"""Routes of sender accounts and their warm-up."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from datetime import date
from typing import Literal

from bisonwatch.clients.bison import wire
from bisonwatch.clients.bison.door import ABREAST, Door
from bisonwatch.clients.bison.pages import Make, Page
from bisonwatch.clients.bison.query import between, only, record, several
from bisonwatch.domain.account import Account
from bisonwatch.domain.ids import WorkspaceKey

AccountState = Literal["connected", "not_connected", "pending_move", "pending_deletion"]


class Accounts:
    """The rows do not say whose they are: the caller's `workspace` does."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def pages(
        self,
        workspace: WorkspaceKey,
        *,
        status: AccountState | None = None,
        tags: Sequence[int] = (),
        abreast: int = ABREAST,
        known: int = 1,
    ) -> AsyncGenerator[Page[Account], None]:
        """All sender accounts, or those in one state or with one of some tags; `abreast=1` walks by cursor.

        `known`: how many pages there were the last time.
        """
        query = [*only(status=status), *several("tag_ids", tags)]
        make = account_of(workspace)
        return self._door.pages("/api/sender-emails", make, query, abreast=abreast, known=known)

    async def total(self) -> int | None:
        """How many there are; None where the provider does not count them."""
        return await self._door.total("/api/sender-emails")

    async def one(self, account: int | str, workspace: WorkspaceKey) -> Account:
        """One sender account by id or address, fresh. RecordMissing when it is gone, RecordElsewhere when it moved."""
        return await self._door.one(f"/api/sender-emails/{record(account)}", account_of(workspace))

    def warmup_pages(
        self, start: date, end: date, *, abreast: int = ABREAST, known: int = 1
    ) -> AsyncGenerator[Page[wire.WarmupRow], None]:
        """Every account's warm-up over a range of days, both included."""
        route, query = "/api/warmup/sender-emails", between(start, end)
        return self._door.pages(route, wire.warmup_row, query, abreast=abreast, known=known)

    async def warmup(self, account: int | str, start: date, end: date) -> wire.WarmupRow:
        route = f"/api/warmup/sender-emails/{record(account)}"
        return await self._door.one(route, wire.warmup_row, between(start, end))

    async def series(
        self, start: date, end: date, *, accounts: Sequence[int] = (), campaigns: Sequence[int] = ()
    ) -> wire.Series:
        """One combined daily series of those accounts and campaigns. RequestRefused when one of them was removed."""
        query = [
            *between(start, end),
            *several("sender_email_ids", accounts),
            *several("campaign_ids", campaigns),
        ]
        return await self._door.series("/api/campaign-events/stats", query)


def account_of(workspace: WorkspaceKey) -> Make[Account]:
    return lambda raw, known_at: wire.account_row(raw, workspace, known_at)
