"""Whatever strangers send, the door and the processor know what to do with it."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from bisonwatch.clients.bison import wire
from bisonwatch.clients.bison.canonical import content_hash
from bisonwatch.clients.bison.rows import each
from bisonwatch.clients.bison.translate import event, route, version_of
from bisonwatch.domain.event import EventType
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.errors import UnreadableEvent

NOW = datetime(2026, 9, 14, tzinfo=UTC)
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
    ):
        good, bad = each(found, make)
        assert len(good) + len(bad) == len(found)
    wire.series(found)
