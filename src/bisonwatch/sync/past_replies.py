"""The inbox of the past: each folder newest first, its place kept, since there is no way to ask for a day."""

from __future__ import annotations

from contextlib import aclosing
from datetime import UTC, date, datetime, time

from bisonwatch.clients.bison.pages import Page
from bisonwatch.clients.bison.routes.replies import Folder
from bisonwatch.clients.bison.wire import ReplyRow
from bisonwatch.domain.backfill import DAY, Stretch, gaps
from bisonwatch.domain.delivery import Source
from bisonwatch.errors import RequestRefused
from bisonwatch.sync.automated import Automated, automated
from bisonwatch.sync.intake import Intake, settled
from bisonwatch.sync.replies import FOLDERS, arrived, oldest
from bisonwatch.sync.stint import SETTLE, Stint

PAGES = 12
"""After so many the place is kept: what a crash repeats at most."""


def stream(folder: Folder) -> str:
    return f"replies/{folder}"


async def left(stint: Stint, first: date, last: date) -> list[Stretch]:
    """What is to be read of the folder that has most."""
    return gaps(first, _top(stint, last), await stint.read(stream("inbox")))


async def read(stint: Stint, first: date, last: date) -> None:
    """All that was received on these days; what was received late in the last of them was listed on the next."""
    counting = await automated(stint.database, stint.workspace, await stint.client())
    for folder in FOLDERS:
        for gap in gaps(first, _top(stint, last), await stint.read(stream(folder))):
            await _Folder(stint, folder, gap, counting).read()
    stint.meter.complete(f"replies of {stint.workspace}")


def _top(stint: Stint, last: date) -> date:
    return min(last + DAY, stint.began.date())


class _Folder:
    """One stretch of days of one folder."""

    def __init__(self, stint: Stint, folder: Folder, gap: Stretch, counting: Automated) -> None:
        self._stint = stint
        self._folder = folder
        self._gap = gap
        self._counting = counting
        self._floor = _start(gap.first)
        self._intake = Intake(stint.database, stint.workspace, Source.READ, counting.changes, stint.meter)

    async def read(self) -> None:
        try:
            await self._down(self._gap.mark)
        except RequestRefused:
            if self._gap.mark is None:
                raise
            await self._down(None)  # a place that the provider does not know any more: from the top

    async def _down(self, mark: str | None) -> None:
        client, asked, pages_read = await self._stint.client(), mark, 0
        async with aclosing(client.replies.pages(folder=self._folder, start=mark)) as pages:
            while (page := await self._stint.page(pages)) is not None:
                await self._take(page)
                low = oldest(page)
                if low < self._floor:
                    break
                pages_read += 1
                asked = page.cursor or asked
                if pages_read % PAGES == 0:
                    await self._keep(low.astimezone(UTC).date() + DAY, asked)
        await self._keep(self._gap.first, asked)

    async def _take(self, page: Page[ReplyRow]) -> None:
        rows = [
            row
            for row in page.rows
            if self._wanted(arrived(row)) and settled(arrived(row), page.known_at, SETTLE)
        ]
        await self._counting.learn(rows)
        await self._intake.take(rows, page.known_at)
        self._stint.meter.advance(f"replies of {self._stint.workspace}", len(rows))

    def _wanted(self, at: datetime | None) -> bool:
        return at is None or self._floor <= at < _start(self._gap.last + DAY)

    async def _keep(self, first: date, mark: str | None) -> None:
        """All down to that day is written, and all above the mark; of a day that is not over nothing is kept."""
        await self._intake.flush()
        last = min(self._gap.last, self._stint.sure)
        if first <= last + DAY:
            await self._stint.note(stream(self._folder), Stretch(first, last, mark))


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
