"""One clock for all nodes: the database's."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bisonwatch.clock import AgreedClock, SystemClock
from bisonwatch.engine.agreement import Agreement, Measure
from bisonwatch.store import moment
from bisonwatch.store.database import Database
from bisonwatch.store.place import Place
from tests.support.clock import ManualClock

MINUTE = timedelta(minutes=1)


class Skewed(SystemClock):
    """A machine whose clock is wrong."""

    def __init__(self, off: timedelta) -> None:
        self.off = off

    def now(self) -> datetime:
        return super().now() + self.off


@pytest.mark.parametrize("off", [MINUTE, -MINUTE, timedelta(0)])
async def test_a_wrong_clock_is_put_right(on_postgres: Database, off: timedelta) -> None:
    """Two machines a minute apart agree on the time to some milliseconds."""
    clock = AgreedClock(Skewed(off))
    await Agreement(on_postgres, clock).once()
    async with on_postgres.read() as tx:
        before = clock.now()
        told = await moment.now(tx, clock.now())
        after = clock.now()
    slack = timedelta(milliseconds=50)
    assert before - slack <= told <= after + slack


async def test_on_sqlite_there_is_one_clock(sqlite_place: Place) -> None:
    """The machine's own, whatever it says."""
    clock = AgreedClock(ManualClock())
    database = Database(sqlite_place, clock)
    await Agreement(database, clock).once()
    assert clock.now() == clock.machine.now()
    await database.close()


def test_what_a_measurement_cannot_tell_changes_nothing(on_nothing: Agreement) -> None:
    """A slow round trip does not make the time jump; a jump of the clock does."""
    clock = on_nothing._clock
    on_nothing.settle(Measure(timedelta(milliseconds=40), timedelta(milliseconds=50)))
    assert clock.ahead == timedelta(0)
    on_nothing.settle(Measure(timedelta(milliseconds=40), timedelta(milliseconds=3)))
    assert clock.ahead == timedelta(milliseconds=40)
    assert clock.now() == clock.machine.now() - timedelta(milliseconds=40)


def test_a_wrong_clock_is_told_once(on_nothing: Agreement, caplog: pytest.LogCaptureFixture) -> None:
    """When it is off by more than two seconds, and when it is right again."""
    caplog.set_level("INFO")
    for ahead in (MINUTE, MINUTE * 1.01, timedelta(seconds=1), -MINUTE):
        on_nothing.settle(Measure(ahead, timedelta(milliseconds=1)))
    assert [record.getMessage() for record in caplog.records] == [
        "this machine's clock is 60.0 s ahead of the database's; bisonwatch goes by the database's clock",
        "this machine's clock agrees with the database's again",
        "this machine's clock is 60.0 s behind the database's; bisonwatch goes by the database's clock",
    ]


@pytest.fixture
def on_nothing(sqlite_place: Place) -> Agreement:
    """For what needs no database."""
    clock = AgreedClock(ManualClock())
    return Agreement(Database(sqlite_place, clock), clock)
