"""The answer table of the public listener, row by row."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

import pytest
from sqlalchemy import event

from bisonwatch.ingest import listener
from bisonwatch.ingest.inbox import Bounds
from bisonwatch.ingest.listener import Door
from bisonwatch.store import deliveries, tables
from bisonwatch.store.database import Database
from tests.support.door import TOKEN
from tests.support.house import MAX_BODY, House, body, fixture, house
from tests.support.news import NOON
from tests.support.statements import taking

WRONG = "/webhooks/main/not-the-token"
SENT = fixture("email_sent")
ACCEPTED = {"accepted": True, "duplicate": False}
REPEATED = {"accepted": True, "duplicate": True}


async def test_an_event_is_stored_as_it_came(door: House) -> None:
    """200, and the inbox holds the very bytes, routed by what they say and dated by the door's clock."""
    answer = await door.post(SENT)
    assert (answer.status, answer.headers["content-type"], answer.json) == (200, "application/json", ACCEPTED)
    (row,) = await door.all()
    assert (row.instance, row.workspace_id, row.type, row.source, row.state, row.received_at, row.body) == (
        ("main", 12, "email_sent", "webhook", "pending", NOON, SENT)
    )
    assert (row.duplicate, row.canary, row.logged_at, row.attempts) == (False, None, None, 0)
    assert (door.listening.acked, door.listening.rejected) == (1, 0)


async def test_a_repeat_is_told_and_stored_all_the_same(door: House) -> None:
    """The same news within 48 h is answered `duplicate: true`, however it is spelled; after that it is new again."""
    assert (await door.post(SENT)).json == ACCEPTED
    await door.clock.advance(timedelta(hours=47).total_seconds())
    assert (await door.post(b" " + SENT)).json == REPEATED
    await door.clock.advance(timedelta(hours=49).total_seconds())
    assert (await door.post(SENT)).json == ACCEPTED
    assert [row.duplicate for row in await door.all()] == [False, True, False]


REFUSED = {
    "not JSON": ({"content": b"{"}, 400, "the body is not JSON"),
    "nothing": ({"content": b""}, 400, "the body is not JSON"),
    "NaN": ({"content": b'{"a": NaN}'}, 400, "the body is not JSON"),
    "not UTF-8": ({"content": b'{"a": "\xff"}'}, 400, "the body is not JSON"),
    "a list": ({"content": b"[]"}, 400, "the body is JSON, but not an object: list"),
    "a number": ({"content": b"7"}, 400, "the body is JSON, but not an object: int"),
    "wrong token": ({"path": WRONG}, 401, "wrong or missing token"),
    "a longer token": ({"path": f"/webhooks/main/{TOKEN}x"}, 401, "wrong or missing token"),
    "no token": ({"path": "/webhooks/main"}, 401, "wrong or missing token"),
    "empty token": ({"path": "/webhooks/main/"}, 401, "wrong or missing token"),
    "unknown instance": ({"path": f"/webhooks/other/{TOKEN}"}, 401, "wrong or missing token"),
    "wrong secret": ({"path": "/webhooks/main", "query": "secret=x"}, 401, "wrong or missing token"),
    "root": ({"path": "/"}, 404, "no webhook endpoint here"),
    "another path": ({"path": "/hooks/main/x"}, 404, "no webhook endpoint here"),
    "no instance": ({"path": "/webhooks//x"}, 404, "no webhook endpoint here"),
    "too deep": ({"path": f"/webhooks/main/{TOKEN}/x"}, 404, "no webhook endpoint here"),
    "GET": ({"method": "GET"}, 405, "webhooks are delivered by POST"),
    "PUT": ({"method": "PUT"}, 405, "webhooks are delivered by POST"),
    "no length": ({"headers": {}}, 411, "the request says neither its length"),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_refusals(door: House, case: str) -> None:
    """What cannot be taken is answered with its status and a problem+json that says why; nothing is stored."""
    request, status, title = REFUSED[case]
    answer = await door.post(**request)
    assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.json["title"].startswith(title)
    assert answer.json == {"type": "about:blank", "title": answer.json["title"], "status": status}
    assert answer.headers.get("allow") == ("POST" if status == 405 else None)
    assert await door.all() == []
    assert (door.listening.acked, door.listening.rejected) == (0, 1)
    assert door.listening.refused == {status: 1}


async def test_a_wrong_token_is_refused_before_the_body_is_read(door: House) -> None:
    """401 comes without a read, and ends the connection, whose body is still under way."""
    answer = await door.post(path=WRONG, headers={"content-length": "9"}, chunks=[])
    assert (answer.status, answer.headers["connection"]) == (401, "close")


async def test_an_instance_without_a_token_has_no_door(small: Database) -> None:
    """An empty token in the configuration lets nobody in."""
    async with house(small, doors={"main": Door("")}) as built:
        assert (await built.post(SENT, "/webhooks/main")).status == 401
        assert (await built.post(SENT, "/webhooks/main/")).status == 401


@pytest.mark.parametrize(
    "request_of",
    [
        {"headers": {"content-length": str(MAX_BODY + 1)}, "chunks": []},
        {"headers": {"transfer-encoding": "chunked"}, "chunks": [b" " * MAX_BODY, b" ", b"never read"]},
        {"headers": {"content-length": "2"}, "chunks": [b"{}", b" " * MAX_BODY]},
    ],
    ids=["announced", "streamed", "more than announced"],
)
async def test_too_large(door: House, request_of: dict[str, object]) -> None:
    """413 as soon as it is known, counted as rejected, and that instance's logs are to be polled."""
    answer = await door.post(**request_of)
    assert (answer.status, answer.headers["connection"]) == (413, "close")
    assert (door.missed, door.listening.rejected, await door.all()) == (["main"], 1, [])


async def test_the_largest_body_is_taken(door: House) -> None:
    """Exactly `max_body` is not too large, and a body over 64 kB is read beside the loop."""
    large = fixture("lead_replied").rstrip() + b" " * MAX_BODY
    assert (await door.post(large[:MAX_BODY])).json == ACCEPTED
    (row,) = await door.all()
    assert (len(row.body), row.type, row.workspace_id, door.missed) == (MAX_BODY, "lead_replied", 12, [])


async def test_a_body_in_pieces(door: House) -> None:
    """Chunks are put together again."""
    pieces = [SENT[:100], b"", SENT[100:]]
    answer = await door.post(headers={"transfer-encoding": "chunked"}, chunks=pieces)
    assert (answer.json, [row.body for row in await door.all()]) == (ACCEPTED, [SENT])


async def test_a_body_that_does_not_end(door: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """408 after a while, and the connection ends: its sender comes again. Nothing was taken."""
    monkeypatch.setattr(listener, "BODY_S", 0.05)
    answer = await door.post(chunks=[SENT], ends=False)
    assert (answer.status, answer.headers["connection"]) == (408, "close")
    assert answer.json["title"] == "the body did not come to its end in time"
    assert await door.all() == []


async def test_guessing_a_token_becomes_slow(door: House) -> None:
    """After twenty wrong tokens in a minute an address hears 429; others, and the right token, never do."""
    answers = [await door.post(path=WRONG) for _ in range(22)]
    assert [answer.status for answer in answers] == [401] * 20 + [429] * 2
    assert answers[-1].headers["retry-after"] == "60"
    assert (await door.post(SENT)).status == 200
    assert (await door.post(path=WRONG, client="198.51.100.1")).status == 401
    await door.clock.advance(60)
    assert (await door.post(path=WRONG)).status == 401


async def test_the_database_refuses(door: House) -> None:
    """503 with Retry-After, nothing stored; when it is back, the next one is taken."""
    await door.database.close()
    file = door.database.place.file
    assert file is not None
    moved = file.rename(file.with_suffix(".away"))
    file.mkdir()
    answer = await door.post(SENT)
    assert (answer.status, answer.headers["retry-after"]) == (503, "10")
    assert answer.json["title"] == "nothing durable can be written now"
    file.rmdir()
    moved.rename(file)
    assert (await door.post(SENT)).json == ACCEPTED
    assert len(await door.all()) == 1


async def test_more_than_memory_allows_is_refused(small: Database) -> None:
    """What would wait beyond the bound is answered 503 at once."""
    async with house(small, bounds=Bounds(pending_bytes=len(SENT))) as built:
        answers = await asyncio.gather(*(built.post(SENT) for _ in range(3)))
        assert sorted(answer.status for answer in answers) == [200, 503, 503]
        assert (await built.post(SENT)).status == 200


async def test_a_slow_database_is_not_waited_for(small: Database) -> None:
    """A batch that is not taken within the deadline is answered 503, and the door goes on."""
    async with house(small, bounds=Bounds(deadline=0.05)) as built:
        async with small.write():
            assert (await built.post(SENT)).status == 503
        assert (await built.post(SENT)).status == 200


ODD = {
    "empty": (b"{}", None, None),
    "no event": (b'{"data": {}}', None, None),
    "unknown type": (fixture("variant.unknown-type"), "something_new", 12),
    "wrapped": (fixture("variant.wrapped-in-data.lead_replied"), "lead_replied", 12),
    "flat": (fixture("variant.flat-string-event.lead_interested"), "lead_interested", None),
    "string ids": (fixture("variant.string-ids.email_sent"), "email_sent", 12),
    "event-log row": (fixture("variant.events-envelope.lead_replied"), "lead_replied", 12),
    "event a list": (b'{"event": [1, 2]}', None, None),
    "nested 300 deep": (b'{"a":' * 300 + b"1" + b"}" * 300, None, None),
    "half a pair": (b'{"event": {"type": "\\ud800", "workspace_id": 12}}', "\ufffd", 12),
    "huge numbers": (b'{"event": {"workspace_id": 1' + b"0" * 400 + b', "x": 1e999}}', None, None),
    "NUL": (b'{"event": {"type": "a\\u0000b", "workspace_id": 12}}', "a_b", 12),
    "workspace 0": (b'{"event": {"type": "x", "workspace_id": 0}}', "x", None),
}


@pytest.mark.parametrize("case", ODD)
async def test_odd_objects_are_accepted(door: House, case: str) -> None:
    """A well-formed object is taken whatever its shape; the provider would give up otherwise."""
    content, kind, workspace = ODD[case]
    assert (await door.post(content)).json == ACCEPTED
    (row,) = await door.all()
    assert (row.type, row.workspace_id, row.body) == (kind, workspace, content)


async def test_the_secret_in_the_query(door: House) -> None:
    """`?secret=` is as good as the path, with or without a slash at its end."""
    assert (await door.post(SENT, "/webhooks/main", query=f"secret={TOKEN}")).status == 200
    assert (await door.post(SENT, "/webhooks/main/", query=f"secret={TOKEN}")).status == 200


@pytest.mark.parametrize(
    ("query", "content", "workspace"),
    [
        ("workspace=31", b"{}", 31),
        ("workspace=31", SENT, 12),
        ("workspace=12x", b"{}", None),
        ("workspace=0", b"{}", None),
        ("workspace=%C2%B2", b"{}", None),
        ("workspace=" + "9" * 30, b"{}", None),
    ],
)
async def test_the_workspace_in_the_address(
    door: House, caplog: pytest.LogCaptureFixture, query: str, content: bytes, workspace: int | None
) -> None:
    """It routes a body that names none; a body that names another is taken as it says, and reported once."""
    for _ in range(2):
        await door.post(content, query=query)
    assert [row.workspace_id for row in await door.all()] == [workspace, workspace]
    reported = [record.getMessage() for record in caplog.records]
    assert reported == (
        ["main: a body for workspace 12 came to the address of 31"] if content is SENT else []
    )


async def test_a_canary_is_recorded_and_never_applied(house: House) -> None:
    """A test event proves the way and changes nothing in the mirror."""
    await house.post(SENT, query="canary=n0nce")
    await house.drain()
    (row,) = await house.all()
    assert (row.state, row.effect, row.canary, row.subject) == ("done", "canary", "n0nce", "n0nce")
    for table in (tables.facts, tables.client_leads, tables.client_registry, tables.event_types):
        assert await house.all(table) == []


async def test_tokens_are_never_told(door: House, caplog: pytest.LogCaptureFixture) -> None:
    """Neither logs nor answers hold a token, right or wrong, whatever happens."""
    caplog.set_level(logging.DEBUG)
    answers = [
        await door.post(SENT, query="workspace=9"),
        await door.post(b"[", query="workspace=9"),
        await door.post(path="/webhooks/main/wrong-token-5150"),
        await door.post(method="GET"),
        await door.post(headers={"content-length": "999999999"}),
    ]
    told = " ".join([*(repr(answer) for answer in answers), caplog.text])
    assert TOKEN not in told
    assert "wrong-token-5150" not in told


async def test_each_answered_event_is_on_disk(house: House) -> None:
    """After every single 200 another connection sees the row."""
    for number in range(10):
        assert (await house.post(body({"n": number}))).status == 200
        other = Database(house.database.place, house.clock)
        async with other.read() as tx:
            assert (await deliveries.backlog(tx)).pending == number + 1
        await other.close()


async def test_many_at_once_share_few_commits(house: House) -> None:
    """Two hundred requests that wait together are written in a handful of transactions, each to its own row."""
    puts = 0

    @event.listens_for(taking(house.database), "before_cursor_execute")
    def count(_c: object, _cursor: object, statement: str, *_more: object) -> None:
        nonlocal puts
        puts += "INSERT INTO" in statement and "inbox (" in statement

    bodies = [body({"event": {"type": "x", "workspace_id": 1}, "data": {"n": n}}) for n in range(200)]
    answers = await asyncio.gather(*(house.post(each) for each in bodies))
    assert {answer.status for answer in answers} == {200}
    assert sorted(row.body for row in await house.all()) == sorted(bodies)
    assert 1 <= puts <= 5


async def test_a_request_that_was_given_up_harms_nobody(door: House) -> None:
    """Somebody hanging up while waiting is dropped from the batch; the others are written."""
    given_up = asyncio.create_task(door.post(b'{"n": 1}'))
    other = asyncio.create_task(door.post(b'{"n": 2}'))
    await asyncio.sleep(0)
    given_up.cancel()
    assert (await other).status == 200
    assert b'{"n": 2}' in [row.body for row in await door.all()]


async def test_a_door_that_closes_writes_what_waits(small: Database) -> None:
    """At a stop what waits is still written and answered, and later ones hear 503."""
    async with house(small) as built:
        waiting = [asyncio.create_task(built.post(body({"n": n}))) for n in range(5)]
        await asyncio.sleep(0)
        built.inbox.close()
        assert [answer.status for answer in await asyncio.gather(*waiting)] == [200] * 5
        assert (await built.post(SENT)).status == 503
        assert len(await built.all()) == 5
