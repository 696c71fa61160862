"""Whatever strangers send, the door and the processor know what to do with it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import httpx
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bisonwatch.clients.bison import wire
from bisonwatch.clients.bison.canonical import content_hash
from bisonwatch.clients.bison.rows import each
from bisonwatch.clients.bison.translate import event, route, version_of
from bisonwatch.domain.event import EventType
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.errors import ProviderError, UnreadableEvent
from tests.clients.contract import CALLS, Call
from tests.clients.provider import FIXTURES, KEY, Provider, answer

NOW = datetime(2026, 9, 14, tzinfo=UTC)


def rows_of(data: object) -> list[dict[str, object]]:
    return [row for row in (data if isinstance(data, list) else [data]) if isinstance(row, dict)][:2]


async def refusal(call: Call, reply: httpx.Response) -> str:
    """What a person is told of an answer; empty where it was read. Any other error goes through."""
    try:
        await call.told(Provider([reply]).client)
    except ProviderError as problem:
        return str(problem)
    return ""


def orjson_or_nothing(value: object) -> bytes:
    """JSON as it goes over the wire; what JSON cannot hold is no body."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return b""


KEYS = st.sampled_from(
    [
        "event",
        "data",
        "payload",
        "type",
        "workspace_id",
        "workspace_name",
        "instance_url",
        "id",
        "email",
        "lead",
        "reply",
        "campaign",
        "campaign_event",
        "scheduled_email",
        "sender_email",
        "status",
        "created_at",
        "sent_at",
        "date_received",
        "custom_variables",
        "name",
        "value",
        "tags",
        "dates",
        "lead_campaign_data",
        "overall_stats",
        "webhook_deliveries",
        "webhook_attempts",
        "uuid",
        "url",
        "events",
        "label",
    ]
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=40)
    | st.sampled_from([str(kind) for kind in EventType])
    | st.sampled_from(["2026-09-14T16:24:20.000000Z", "0001-01-01T00:00:00-99:99", "9" * 400])
)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(KEYS | st.text(max_size=8), inner, max_size=6)
    ),
    max_leaves=25,
)
ROWS = [
    row
    for path in sorted((FIXTURES / "rest").glob("*.json"))
    for row in rows_of(orjson.loads(path.read_bytes()).get("data"))
]
"""Every published row, to be spoiled in part."""

OBJECTS = st.dictionaries(KEYS | st.text(max_size=8), JSON, max_size=8)
HEADS = st.fixed_dictionaries(
    {
        "event": st.fixed_dictionaries(
            {"type": st.sampled_from([str(kind) for kind in EventType]), "workspace_id": JSON}
        ),
        "data": OBJECTS | JSON,
    }
)


@settings(max_examples=300, deadline=None)
@given(OBJECTS | HEADS)
def test_any_object_is_translated_or_unreadable(raw: dict[str, object]) -> None:
    """Routing never fails; translating and hashing fail as UnreadableEvent only."""
    route(raw)
    try:
        told = event(raw, instance="main", workspace_id=12)
        version_of(told, NOW)
        content_hash(raw)
    except UnreadableEvent:
        pass


@settings(max_examples=150, deadline=None)
@given(st.lists(OBJECTS | JSON, max_size=5))
def test_any_rows_are_read_or_rejected(found: list[object]) -> None:
    """Every row of any list is either read or rejected with its path."""
    workspace = WorkspaceKey("main", 12)
    for make in (
        lambda raw: wire.account_row(raw, workspace, NOW),
        wire.lead_row,
        wire.campaign_row,
        wire.reply_row,
        wire.send_row,
        wire.log_row,
        wire.subscription,
        wire.event_type,
        wire.identity,
        wire.planned_row,
        wire.workspace_row,
        wire.inbox_settings,
        wire.minted_key,
        wire.tag_row,
        wire.variable_row,
        wire.blocked_email,
        wire.blocked_domain,
        wire.lead_list_row,
        wire.step_row,
        wire.schedule_row,
        wire.timezone_name,
        wire.thread_row,
        wire.sample,
        lambda raw: wire.warmup_row(raw, NOW),
        lambda raw: wire.summary(raw, NOW),
    ):
        good, bad = each(found, make)
        assert len(good) + len(bad) == len(found)
    wire.series(found)


def test_the_table_of_makers_is_whole() -> None:
    """A row maker that is not attacked above fails here."""
    source = Path(__file__).read_text()
    makers = {name for name in wire.__all__ if name.islower() and name not in ("series", "dated_series")}
    assert {name for name in makers if f"wire.{name}" not in source} == set()


@settings(max_examples=250, deadline=None)
@given(
    st.sampled_from(sorted(CALLS)),
    st.sampled_from([200, 200, 200, 201, 204, 301, 400, 401, 403, 404, 405, 408, 422, 429, 500, 502]),
    st.binary(max_size=60)
    | JSON.map(orjson_or_nothing)
    | st.builds(lambda told, meta: orjson_or_nothing({"data": told, "meta": meta}), JSON, OBJECTS | JSON)
    | st.builds(
        lambda row, told: orjson_or_nothing({"data": [{**row, **told}]}), st.sampled_from(ROWS), OBJECTS
    ),
)
async def test_any_answer_is_read_or_an_error_of_ours(name: str, status: int, body: bytes) -> None:
    """Whatever bytes a provider answers with, a call returns or raises ProviderError."""
    said = await refusal(CALLS[name], answer(body, status))
    assert said.isprintable()
    assert KEY not in said


@pytest.mark.parametrize("deep", [100, 1000, 100_000])
@pytest.mark.parametrize("key", ["id", "name", "email", "data", "tags", "url", "emails_sent"])
async def test_any_depth_is_read_or_an_error_of_ours(key: str, deep: int) -> None:
    """Brackets without end where a value should be break nothing."""
    body = b'{"data":[{"id":7,"%s":%s}]}' % (key.encode(), b"[" * deep + b"]" * deep)
    for call in CALLS.values():
        assert len(await refusal(call, answer(body))) < 500
