"""The API log and the validation log, on each kind of database."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bisonwatch.domain.api_log import EndpointCalls, Times, api_log_json, endpoint_hours_json
from bisonwatch.domain.span import Span
from bisonwatch.domain.validation_log import Flawed, validation_log_json
from bisonwatch.metrics import Calls, Ending, Endpoint, FlawKey, Validation
from bisonwatch.store import api_log, retention, validation_log, workspaces
from bisonwatch.store.database import Database
from bisonwatch.store.retention import Keep
from bisonwatch.store.tables import api_hours, api_minutes, validation_hours, validation_minutes
from tests.support.house import everything
from tests.support.mirrored import read, view
from tests.support.news import NOON, NORTHWIND

LEADS, USERS = Endpoint("main", "GET /api/leads"), Endpoint("main", "GET /api/users")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ODD = FlawKey("main", NORTHWIND.id, "GET /api/leads", "status", "cannot be read")


def called(*calls: tuple[datetime, Endpoint, Ending, float]) -> Calls:
    found = Calls()
    for at, endpoint, ending, took in calls:
        found.add(at, endpoint, ending, ending.value, took)
    return found


async def store(database: Database, found: Calls | Validation) -> None:
    async with database.write() as tx:
        if isinstance(found, Calls):
            await api_log.add(tx, found.waiting.take())
        else:
            await validation_log.add(tx, found.waiting.take())


async def test_nodes_and_flushes_add_up(database: Database) -> None:
    """What two nodes count of one minute is one row by the minute and one by the hour."""
    one = called((NOON, LEADS, Ending.OK, 30), (NOON + MINUTE, LEADS, Ending.THROTTLED, 10))
    one.again(NOON, LEADS)
    two = called((NOON, LEADS, Ending.OK, 900), (NOON, USERS, Ending.TIMEOUT, 45_000))
    two.unsent(NOON, USERS)
    await store(database, one)
    await store(database, two)
    assert len(await everything(database, api_minutes)) == 3
    assert len(await everything(database, api_hours)) == 2
    async with database.read() as tx:
        logs = [await api_log.log(tx, span, NOON + 5 * MINUTE) for span in Span]
    for log in logs:
        leads, users = log.endpoints
        assert (leads.calls, leads.errors, leads.throttled, leads.retries) == (3, 1, 1, 1)
        assert leads.endings == {"ok": 2, "throttled": 1}
        assert leads.times == Times(mean=313.3, p50=37.5, p95=870.0, max=900.0)
        assert (users.calls, users.error_share, users.unsent) == (1, 1.0, 1)
    hour, day, fortnight = (log.endpoints[0].trend for log in logs)
    assert (len(hour), hour[-6:]) == (60, (2, 1, 0, 0, 0, 0))
    assert (len(day), day[-1], fortnight) == (24, 3, day)


async def test_a_span_ends_where_it_ends(database: Database) -> None:
    """The hour has sixty minutes, the day 24 hours, and what is older is in the longest alone."""
    ages = (59 * MINUTE, HOUR, 23 * HOUR, DAY, 13 * DAY, 14 * DAY)
    await store(database, called(*((NOON - age, LEADS, Ending.OK, 1) for age in ages)))
    async with database.read() as tx:
        counts = [(await api_log.log(tx, span, NOON + 30 * MINUTE)).endpoints for span in Span]
        exactly = [(await api_log.log(tx, span, NOON)).endpoints[0].calls for span in Span]
    assert (counts[0], [found[0].calls for found in counts[1:]]) == ((), [3, 5])
    assert exactly == [1, 3, 5]


async def test_one_endpoint_by_the_hour(database: Database) -> None:
    """In order, with percentiles of each hour; of others nothing, and nothing of an hour that only held back."""
    found = called(
        (NOON - 3 * HOUR, LEADS, Ending.OK, 90),
        (NOON, LEADS, Ending.FAILED, 20),
        (NOON, USERS, Ending.OK, 5),
    )
    found.unsent(NOON - HOUR, LEADS)
    await store(database, found)
    async with database.read() as tx:
        hours = await api_log.hours(tx, *LEADS)
    told = endpoint_hours_json(hours)
    assert told == {
        "instance": "main",
        "endpoint": "GET /api/leads",
        "hours": [
            {
                "hour": "2026-11-20T09:00:00.000Z",
                "calls": 1,
                "errors": 0,
                "throttled": 0,
                "p50_ms": 70.0,
                "p95_ms": 88.0,
            },
            {
                "hour": "2026-11-20T12:00:00.000Z",
                "calls": 1,
                "errors": 1,
                "throttled": 0,
                "p50_ms": 10.0,
                "p95_ms": 19.0,
            },
        ],
    }


async def test_flaws_are_grouped_the_newest_first(database: Database) -> None:
    """With the first and the last time, an example, and the workspace's name."""
    async with database.write() as tx:
        await workspaces.see(tx, NORTHWIND, "Northwind Desk", NOON)
    first, second = Validation(), Validation()
    first.add(NOON - 2 * MINUTE, ODD, '"aa"')
    first.add(NOON - MINUTE, ODD)
    second.add(NOON - 3 * MINUTE, ODD)
    second.add(NOON, ODD._replace(workspace=0, field="answer\x1b[31m", reason="key 41|INVENTEDtokenINVENTED"))
    await store(database, first)
    await store(database, second)
    async with database.read() as tx:
        logs = [await validation_log.log(tx, span, NOON + MINUTE) for span in Span]
    for log in logs:
        assert log.flaws == (
            Flawed("main", None, None, ODD.source, "answer [31m", "key •••", 1, NOON, NOON, None),
            Flawed(
                "main",
                NORTHWIND.id,
                "Northwind Desk",
                ODD.source,
                "status",
                "cannot be read",
                3,
                NOON - 3 * MINUTE,
                NOON - MINUTE,
                '"aa"',
            ),
        )
        assert not log.more


async def test_no_more_flaws_than_can_be_told(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest are left out, and that is said."""
    monkeypatch.setattr(validation_log, "MOST", 2)
    found = Validation()
    for n in range(3):
        found.add(NOON + n * MINUTE, ODD._replace(field=f"f{n}"))
    await store(database, found)
    async with database.read() as tx:
        log = await validation_log.log(tx, Span.HOUR, NOON + 5 * MINUTE)
    assert ([flaw.field for flaw in log.flaws], log.more) == (["f2", "f1"], True)
    told = validation_log_json(log)
    assert told["more"] is True
    assert [item["field"] for item in told["items"]] == ["f2", "f1"]  # type: ignore[index,union-attr,call-overload]  # Json


async def test_logs_are_pruned(database: Database) -> None:
    """Minutes after two days, hours after `retention.api_log`."""
    ages = (3 * DAY, DAY, 15 * DAY, 13 * DAY)
    await store(database, called(*((NOON - age, LEADS, Ending.OK, 1) for age in ages)))
    flawed = Validation()
    for age in ages:
        flawed.add(NOON - age, ODD)
    await store(database, flawed)
    async with database.read() as tx:
        chores = await retention.chores(tx, Keep(), NOON)
    async with database.write() as tx:
        assert sum([await chore(tx, 10) for chore in chores]) == 8
    for minutes, hours in ((api_minutes, api_hours), (validation_minutes, validation_hours)):
        assert {row.minute for row in await everything(database, minutes)} == {NOON - DAY}
        assert {row.hour for row in await everything(database, hours)} == {
            NOON - 13 * DAY,
            NOON - 3 * DAY,
            NOON - DAY,
        }


def test_what_is_not_known_is_null() -> None:
    """An endpoint of which all was held back has no times and no share of errors."""
    silent = EndpointCalls("main", "GET /api/leads", 0, {}, 0, 4, None)
    log = api_log.ApiLog(Span.HOUR, NOON, NOON, MINUTE, (silent,))
    (item,) = api_log_json(log)["items"]  # type: ignore[misc,union-attr]  # Json
    assert item == {
        "instance": "main",
        "endpoint": "GET /api/leads",
        "calls": 0,
        "errors": 0,
        "error_share": None,
        "endings": {},
        "retries": 0,
        "unsent": 4,
        "mean_ms": None,
        "p50_ms": None,
        "p95_ms": None,
        "max_ms": None,
        "trend": [],
    }


async def test_the_old_names_of_both_logs(database: Database) -> None:
    """A row per minute, endpoint and ending, with how many calls it stands for; a row per hour and flaw."""
    await store(
        database,
        called((NOON, LEADS, Ending.OK, 10), (NOON, LEADS, Ending.OK, 30), (NOON, LEADS, Ending.TIMEOUT, 80)),
    )
    flawed = Validation()
    flawed.add(NOON + MINUTE, ODD)
    await store(database, flawed)
    rows = await view(database, "api_health_logs", "success DESC")
    assert [
        (
            row["api_name"],
            row["endpoint"],
            row["response_time_ms"],
            bool(row["success"]),
            row["error"],
            row["calls"],
        )
        for row in rows
    ] == [
        ("main", "GET /api/leads", 40.0, True, None, 2),
        ("main", "GET /api/leads", 40.0, False, "timeout", 1),
    ]
    (row,) = await view(database, "data_validation_errors")
    assert (row["source"], row["error_type"], row["field"]) == (ODD.source, ODD.reason, ODD.field)
    assert (row["occurrences"], row["timestamp"]) == (1, read(NOON + MINUTE, database))
