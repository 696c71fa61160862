"""What could be sent on a day, and what was planned for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from bisonwatch.domain.account import AccountStatus
from bisonwatch.domain.datasets.volume import Told
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.metric import Metric
from bisonwatch.store import accounts, counts, volume_days, witness, workspaces
from bisonwatch.store.accounts import Labelled
from bisonwatch.store.database import Database
from bisonwatch.store.volume_days import VolumeDays
from tests.store.test_accounts import OTHER, TESS
from tests.support.news import NOON, NORTHWIND, at

DAY = NOON.date()
NEXT = DAY + timedelta(days=1)


async def mailboxes(database: Database) -> None:
    """Two connected with 15 and 20, one lost with 40, one elsewhere with 7."""
    items = [
        TESS,
        replace(TESS, id=2, daily_limit=20),
        replace(TESS, id=3, daily_limit=40, status=AccountStatus.DISCONNECTED),
        replace(TESS, id=4, daily_limit=7, workspace=OTHER),
    ]
    async with database.write() as tx:
        await accounts.write(tx, [Labelled(item, "google", None) for item in items])


async def kept(database: Database, workspace: WorkspaceKey = NORTHWIND) -> VolumeDays:
    async with database.read() as tx:
        return await volume_days.of(tx, workspace, DAY, NEXT)


async def test_a_days_capacity_is_what_was_read_last_on_it(database: Database) -> None:
    """Of the connected ones, of one workspace or of all; what an older walk says later changes nothing."""
    await mailboxes(database)
    async with database.write() as tx:
        await volume_days.capacity(tx, DAY, NOON)
        await accounts.write(tx, [Labelled(replace(TESS, daily_limit=1, known_at=at(5)), "google", None)])
        await volume_days.capacity(tx, DAY, at(-1), NORTHWIND)
    assert (await kept(database)).capacity == {DAY: 35}
    async with database.write() as tx:
        await volume_days.capacity(tx, DAY, at(5), NORTHWIND)
        await volume_days.capacity(tx, NEXT, at(900), NORTHWIND)
    assert (await kept(database)).capacity == {DAY: 21, NEXT: 21}
    assert (await kept(database, OTHER)).capacity == {DAY: 7}


async def test_a_plan_is_kept_with_its_moment(database: Database) -> None:
    """The newest one of each day."""
    async with database.write() as tx:
        await volume_days.scheduled(tx, NORTHWIND, {DAY: 120, NEXT: 80}, NOON)
        await volume_days.scheduled(tx, NORTHWIND, {DAY: 7}, at(-9))
        await volume_days.scheduled(tx, NORTHWIND, {NEXT: 90}, at(9))
        await volume_days.scheduled(tx, NORTHWIND, {}, at(10))
    assert (await kept(database)).scheduled == {DAY: Told(120, NOON), NEXT: Told(90, at(9))}


async def test_neither_is_a_second_witness(database: Database) -> None:
    """Later than the provider's series, they are in no month, in no comparison and in no list of reports."""
    await mailboxes(database)
    async with database.write() as tx:
        await workspaces.see(tx, NORTHWIND, "Northwind Desk", NOON)
        await counts.report(tx, NORTHWIND, {Metric.SENT: {DAY: 5}}, NOON)
        before = [await counts.sums(tx, date(2026, 11, 1), NEXT), await witness.series(tx, NORTHWIND, DAY)]
        months = await counts.month_to(tx, DAY)
        await volume_days.capacity(tx, DAY, at(60))
        await volume_days.scheduled(tx, NORTHWIND, {DAY: 120, NEXT: 80}, at(60))
        assert before == [
            await counts.sums(tx, date(2026, 11, 1), NEXT),
            await witness.series(tx, NORTHWIND, DAY),
        ]
        assert months == await counts.month_to(tx, DAY)
        assert list(await counts.reported(tx, DAY, NEXT)) == [(NORTHWIND, DAY, Metric.SENT)]
    assert months[NORTHWIND].as_of == NOON
