"""The mirror is kept small while it is in use."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import orjson
import pytest
from sqlalchemy import update

from bisonwatch.domain.delivery import Bodies, Delivery
from bisonwatch.domain.run import SCHEDULE, Job, Run, Tally
from bisonwatch.engine.scheduler import new_run
from bisonwatch.engine.upkeep import LONG_S, Pace, Upkeep
from bisonwatch.store import inbox, migrate, runs, space
from bisonwatch.store.database import Database
from bisonwatch.store.place import Place
from bisonwatch.store.retention import Keep
from bisonwatch.store.tables import bodies
from bisonwatch.store.tables import inbox as inbox_table
from bisonwatch.sync.meter import Done, StopAsked
from tests.support.clock import ManualClock
from tests.support.house import delivery, everything, house
from tests.support.news import NOON, at

KEEP = Keep(timedelta(days=30), timedelta(days=400), timedelta(days=30))
REPLY = {"id": 7, "text_body": "Sure.", "html_body": "<p>Sure.</p>", "raw_body": "MIME"}


async def never(_tally: Tally) -> bool:
    return False


async def always(_tally: Tally) -> bool:
    return True


async def kept_up(
    database: Database, when: datetime = NOON, keep: Bodies = Bodies.TEXT, progress: object = never
) -> Done:
    """One pass, as a run that ends at that moment."""
    clock = ManualClock(when, auto=True)
    run: Run = new_run(Job.UPKEEP, None, (), SCHEDULE, when)
    async with database.write() as tx:
        await runs.queue(tx, [run])
        (run,) = await runs.take(tx, run.id, when, [run.id])
    done = await Upkeep(database, clock, KEEP, keep).run(run, progress)  # type: ignore[arg-type]  # one of the two above
    async with database.write() as tx:
        await runs.finish(tx, run, done.outcome, done.tally, None, when)
    return done


async def stored(
    database: Database, when: datetime, count: int = 1, state: str = "done", text: str = ""
) -> list[Delivery]:
    put = [
        delivery(orjson.dumps({"event": {}, "data": {"reply": REPLY, "n": f"{when}{n}{text}"}}), when)
        for n in range(count)
    ]
    async with database.write() as tx:
        await inbox.put(tx, put)
        for one in put:
            await tx.run(update(inbox_table).where(inbox_table.c.id == one.id).values(state=state))
    return put


async def texts(database: Database) -> list[str]:
    rows = await everything(database, bodies)
    return [",".join(orjson.loads(row.body)["data"]["reply"]) for row in rows]


WHOLE, TRIMMED = "id,text_body,html_body,raw_body", "id,text_body,trimmed"


async def test_bodies_are_trimmed_behind_the_processor(database: Database) -> None:
    """Only what was processed, and a quarter of an hour ago; the next pass goes on where this one ended."""
    await stored(database, at(-60))
    await stored(database, at(-59), state="dead")
    await stored(database, at(-5))
    assert (await kept_up(database)).tally == Tally(done=1, rows_read=1, rows_written=1)
    assert await texts(database) == [TRIMMED, WHOLE, WHOLE]
    assert (await kept_up(database, at(60))).tally == Tally(done=1, rows_read=1, rows_written=1)
    assert await texts(database) == [TRIMMED, WHOLE, TRIMMED]


@pytest.mark.parametrize(("keep", "left"), [(Bodies.FULL, [WHOLE]), (Bodies.NONE, [])])
async def test_bodies_are_kept_or_thrown_away_whole(
    database: Database, keep: Bodies, left: list[str]
) -> None:
    """`full` leaves them alone; with `none` nothing but their row in the log stays."""
    await stored(database, at(-60))
    await kept_up(database, keep=keep)
    assert await texts(database) == left
    assert len(await everything(database, inbox_table)) == 1


async def test_a_stricter_setting_counts_for_what_is_there(database: Database) -> None:
    """The first pass after `full` became `text`, or `text` `none`, begins at the beginning; after a looser one it goes on."""
    await stored(database, at(-60), 3)
    read = {}
    for hour, keep in enumerate((Bodies.FULL, Bodies.TEXT, Bodies.TEXT, Bodies.NONE, Bodies.TEXT)):
        read[hour] = (await kept_up(database, at(60 * hour), keep)).tally.rows_read
        if hour == 1:
            assert await texts(database) == [TRIMMED] * 3
        if hour == 3:
            assert await texts(database) == []
            await stored(database, at(60 * hour))
    assert read == {0: 0, 1: 3, 2: 0, 3: 3, 4: 1}


async def test_a_stricter_pass_that_was_cut_off_begins_again(database: Database) -> None:
    """Only a walk that came to its end is remembered with its setting."""
    await stored(database, at(-60), 300)
    await kept_up(database, keep=Bodies.FULL)
    with pytest.raises(StopAsked):
        await kept_up(database, progress=always)
    assert (await kept_up(database)).tally.rows_read == 300
    assert set(await texts(database)) == {TRIMMED}


async def test_what_is_processed_late_is_trimmed_at_once(database: Database) -> None:
    """A delivery that waited longer than upkeep looks back loses its raw mail in the transaction that finishes it."""
    async with house(database, bodies=Bodies.TEXT) as home:
        for age in (60, 1):
            event = {"type": "LEAD_REPLIED", "workspace_id": 12}
            body = orjson.dumps({"event": event, "data": {"reply": {**REPLY, "id": age}}})
            await home.put(delivery(body, at(-age)))
        await home.drain()
        assert [state[0] for state in await home.states()] == ["done", "done"]
    assert await texts(database) == [TRIMMED, WHOLE]


async def test_a_pass_that_was_cut_off_is_done_again(database: Database) -> None:
    """After a stop in the middle the next pass removes and trims what is left."""
    await stored(database, NOON - timedelta(days=40), 900)
    await stored(database, at(-60), 300)
    with pytest.raises(StopAsked):
        await kept_up(database, progress=always)
    assert WHOLE in await texts(database)
    done = await kept_up(database)
    assert done.tally.rows_removed == 900
    assert set(await texts(database)) == {TRIMMED}


async def test_the_file_shrinks(sqlite_place: Place) -> None:
    """Most of 20 MB are given back once their deliveries are gone; what was written meanwhile is not lost."""
    database = Database(sqlite_place, ManualClock(NOON, auto=True))
    await stored(database, NOON - timedelta(days=40), 1700, text="x" * 12_000)
    await stored(database, at(-1), 10)
    before = await space.look(database)
    await kept_up(database)
    after = await space.look(database)
    assert before is not None
    assert after is not None
    assert sqlite_place.file is not None
    assert before.size > 20_000_000
    assert after.size < 2_000_000
    assert len(await everything(database, inbox_table)) == 10
    await database.close()
    assert sqlite_place.file.stat().st_size == after.size


async def test_a_file_that_cannot_shrink_is_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """One that another program made without auto_vacuum; what the log says to do makes it shrink."""
    file = tmp_path / "theirs.db"
    execute(file, "CREATE TABLE theirs (n); DROP TABLE theirs")
    database = Database(Place(f"sqlite:///{file}"), ManualClock(NOON, auto=True))
    await migrate.upgrade(database)
    await stored(database, NOON - timedelta(days=40), 300, text="x" * 12_000)
    upkeep = Upkeep(database, ManualClock(NOON, auto=True), KEEP, Bodies.FULL)
    for _ in range(2):
        await upkeep.run(new_run(Job.UPKEEP, None, (), SCHEDULE, NOON), never)
    assert [record.getMessage() for record in caplog.records] == [
        f"{file} was made by another program, without auto_vacuum: the 3 MB that are free in it are used again, but not given "
        f"back; to change that, stop bisonwatch and run: sqlite3 {file} 'PRAGMA auto_vacuum=INCREMENTAL; VACUUM'"
    ]
    assert file.stat().st_size > 3 << 20
    await database.close()
    execute(file, "PRAGMA auto_vacuum=INCREMENTAL; VACUUM")
    assert file.stat().st_size < 1 << 20
    found = await space.look(database)
    assert found is not None
    assert (found.shrinks, found.rigid) == (True, False)
    await database.close()


def execute(file: Path, script: str) -> None:
    """As the program `sqlite3` would."""
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(script)


def test_the_pace_follows_the_time_a_transaction_takes() -> None:
    """Half as many rows after a slow one, a quarter more after a quick one, within bounds."""
    pace, seen = Pace(rows=100, least=40, most=150), []
    for took in (LONG_S * 2, LONG_S * 2, 0.0, 0.0, LONG_S * 0.7):
        pace.took(took)
        seen.append(pace.rows)
    assert seen == [50, 40, 50, 62, 62]
