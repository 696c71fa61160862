"""One workspace on the noon of 21 November 2026, a Saturday; docs/datasets.md shows what is made of it.

On each working day of October and November 20 hundred messages less the day's number went out, nothing at weekends; the provider's reports
say the same as we counted, and today nine of our ten facts.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from bisonwatch.domain.account import AccountStatus
from bisonwatch.domain.daily import Daily, span
from bisonwatch.domain.dataset import DatasetName, Made
from bisonwatch.domain.datasets import infrastructure, kpi, revenue, volume
from bisonwatch.domain.datasets.infrastructure import Inventory, Lost, Lot, Scores
from bisonwatch.domain.datasets.revenue import Terms
from bisonwatch.domain.datasets.subject import Subject
from bisonwatch.domain.datasets.volume import Room, Told
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.metric import Metric

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
TODAY = NOON.date()
KEY = WorkspaceKey("main", 12)
NORTHWIND = Subject.of(KEY, "Northwind Desk", NOON)
AS_OF = NOON - timedelta(minutes=3)


def at(year: int, month: int, day: int, hour: int = 0) -> Subject:
    """The same workspace at another moment."""
    return Subject.of(KEY, "Northwind Desk", datetime(year, month, day, hour, tzinfo=UTC))


def numbers(day: date) -> dict[Metric, int]:
    """Of a working day: every second one somebody is interested, and on the tenth two mails bounce."""
    if day.weekday() >= 5:
        return {}
    return {
        Metric.SENT: 2000 - day.day,
        Metric.REPLIED: 20,
        Metric.INTERESTED: 1 + day.day % 2,
        Metric.BOUNCED: 2 if day.day == 10 else 0,
        Metric.UNSUBSCRIBED: 1,
    }


def daily() -> Daily:
    """All of both months, counted since the 12th of October; of today's ten mails nine were reported, and one went out after the report."""
    days = [day for day in span(date(2026, 10, 1), TODAY) if numbers(day)]
    reported = {day: numbers(day) for day in days}
    counted = {day: numbers(day) for day in days if day >= date(2026, 10, 12)}
    nothing = dict.fromkeys((Metric.REPLIED, Metric.INTERESTED, Metric.BOUNCED, Metric.UNSUBSCRIBED), 0)
    return Daily(
        counted=counted | {TODAY: {Metric.SENT: 10}},
        reported=reported | {TODAY: {Metric.SENT: 9, **nothing}},
        after={TODAY: {Metric.SENT: 1}},
        complete=dict.fromkeys(numbers(date(2026, 10, 12)), date(2026, 10, 13)),
        as_of=AS_OF,
    )


TERMS = Terms(Decimal(3000), Decimal("12.50"), Decimal(900), "USD")
ROOM = Room(
    capacity=2500,
    kept=dict.fromkeys(span(date(2026, 11, 1), date(2026, 11, 20)), 2400),
    scheduled={TODAY: Told(12, AS_OF), TODAY + timedelta(days=1): Told(0, AS_OF)},
)


def lot(
    status: AccountStatus = AccountStatus.CONNECTED,
    accounts: int = 1,
    *,
    provider: str = "google",
    reseller: str | None = "Mailforge",
    warmup: bool | None = True,
    limit: int = 0,
    counters: tuple[int, int, int] = (0, 0, 0),
) -> Lot:
    return Lot(status, provider, reseller, warmup, accounts, limit, *counters)


INVENTORY = Inventory(
    lots=(
        lot(accounts=60, limit=1500, counters=(24_000, 240, 120)),
        lot(accounts=40, provider="microsoft", reseller=None, limit=1000, counters=(16_000, 96, 160)),
        lot(AccountStatus.DISCONNECTED, 2, warmup=False, limit=50, counters=(800, 4, 40)),
        lot(AccountStatus.REMOVED, 5, warmup=None, limit=125, counters=(900, 9, 9)),
    ),
    lost=tuple(
        Lost(number, f"desk{number}@northwind.example", "google", "Mailforge", NOON - timedelta(hours=number))
        for number in (7, 19)
    ),
    scores=Scores(98, 96.25, 1),
    walked_at=NOON - timedelta(minutes=12),
    warmed_at=NOON - timedelta(hours=5),
    held=1,
)

MADE: dict[DatasetName, Made] = {
    DatasetName.KPI: kpi.make(NORTHWIND, daily(), 40),
    DatasetName.VOLUME: volume.make(NORTHWIND, daily(), ROOM),
    DatasetName.REVENUE: revenue.make(NORTHWIND, daily(), TERMS),
    DatasetName.INFRASTRUCTURE: infrastructure.make(NORTHWIND, INVENTORY),
}
