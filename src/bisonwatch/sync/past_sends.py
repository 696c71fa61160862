"""The send ledger of the past, by the day messages were planned for, newest first."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import date

from bisonwatch.clients.bison.client import BisonClient
from bisonwatch.clients.bison.pages import Page
from bisonwatch.clients.bison.wire import SendRow
from bisonwatch.domain.backfill import DAY, Stretch, gaps
from bisonwatch.domain.delivery import Source
from bisonwatch.errors import ProviderUnreachable, RouteMissing
from bisonwatch.sync.intake import BATCH, Intake, settled
from bisonwatch.sync.listed import of_sends
from bisonwatch.sync.sends import MARGIN, NEVER_SENT, STREAM
from bisonwatch.sync.stint import SETTLE, Stint

WEEK = 7
"""Days after which what was read is kept, where they hold few rows."""


async def left(stint: Stint, first: date, last: date) -> list[Stretch]:
    """Days of which messages are to be read: a day's messages were planned for it, or for one shortly before, in any zone."""
    top = min(last + DAY, stint.began.date() + DAY)
    return gaps(first - MARGIN, top, await stint.read(STREAM))


async def read(stint: Stint, first: date, last: date) -> None:
    """All that went out on these days."""
    ledger = _Ledger(stint)
    for gap in await left(stint, first, last):
        try:
            await ledger.days(gap)
        except RouteMissing:
            await ledger.campaigns(gap)
    stint.meter.complete(f"sends of {stint.workspace}")


class _Ledger:
    def __init__(self, stint: Stint) -> None:
        self._stint = stint
        self._intake = Intake(stint.database, stint.workspace, Source.READ, of_sends, stint.meter)
        self._sure = stint.sure - MARGIN
        """What was planned for a day has gone out some days later, or never will."""

    async def days(self, gap: Stretch) -> None:
        """Day after day, downwards."""
        client, rows, day, kept = await self._stint.client(), 0, gap.last, gap.last + DAY
        while day >= gap.first:
            rows += await self._read(client.sends.pages(day=day, criterion="="), day)
            if rows >= BATCH or day == gap.first or (kept - day).days >= WEEK:
                await self._keep(STREAM, Stretch(day, gap.last))
                client, rows, kept = await self._stint.client(), 0, day
            day -= DAY

    async def campaigns(self, gap: Stretch) -> None:
        """Where the instance has no list of all: campaign after campaign, each from the first day on."""
        client = await self._stint.client()
        async with aclosing(client.campaigns.pages(abreast=1)) as pages:
            while (page := await self._stint.page(pages)) is not None:
                for row in page.rows:
                    if row.status != NEVER_SENT:
                        await self._campaign(await self._stint.client(), row.id, gap)

    async def _campaign(self, client: BisonClient, number: int, gap: Stretch) -> None:
        stream = f"{STREAM}/{number}"
        for rest in gaps(gap.first, gap.last, await self._stint.read(stream)):
            await self._read(client.campaigns.sends_pages(number, day=rest.first), None)
            await self._keep(stream, rest)

    async def _read(self, pages: AsyncGenerator[Page[SendRow], None], day: date | None) -> int:
        """How many rows there were."""
        rows = 0
        async with aclosing(pages):
            while (page := await self._stint.page(pages)) is not None:
                if day is not None:
                    _heeded(page, day)
                await self._intake.take([row for row in page.rows if _over(row, page)], page.known_at)
                self._stint.meter.advance(f"sends of {self._stint.workspace}", len(page.rows))
                rows += len(page.rows)
        return rows

    async def _keep(self, stream: str, stretch: Stretch) -> None:
        await self._intake.flush()
        last = min(stretch.last, self._sure)
        if stretch.first <= last:
            await self._stint.note(stream, Stretch(stretch.first, last))


def _over(row: SendRow, page: Page[SendRow]) -> bool:
    return settled(row.send.sent_at or row.scheduled_at, page.known_at, SETTLE)


def _heeded(page: Page[SendRow], day: date) -> None:
    """Filters that a provider does not know it ignores: then every day would bring everything."""
    other = [row for row in page.rows if row.scheduled_at and abs(row.scheduled_at.date() - day) > MARGIN]
    if other:
        raise ProviderUnreachable(
            f"the provider was asked for messages of {day} and told of others: it does not heed the day"
        )
