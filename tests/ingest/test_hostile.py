"""Whatever strangers send ends applied, unknown, or dead with a reason, and nothing behind it is blocked (G12, G16)."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bisonwatch.domain.event import EventType
from bisonwatch.store import tables
from tests.clients.test_any_json import HEADS, OBJECTS
from tests.support.house import House, body
from tests.support.webhooks import webhook

SEARCH = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)
NASTY = st.sampled_from(
    [
        "\x00",
        "a\x00b@molar.example",
        "\ud800",
        "\udfff\ud800",
        "\x1b[2J\x1b]0;owned\x07",
        "\u202egnp.exe",
        "[red]markup[/] <!channel> =cmd|' /C calc'!A0",
        "x" * 5000,
        "\u0958" * 400,
        "\U0001f9ac" * 400,
        "İ" * 400,
        "\u0301" * 300,
        "'; DROP TABLE inbox; --",
        "{schema} %s :name ? $1",
        "\\x00\\",
        "NaN",
        "9" * 400,
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59.999999-23:59",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999999Z",
    ]
)
NUMBERS = st.sampled_from([0, -1, 1, 2**31, 2**63 - 1, 2**63, 2**64, 10**400, -(10**30), 1.5, 1e308, True])
VALUES = st.one_of(
    NASTY,
    NUMBERS,
    st.none(),
    st.text(max_size=8),
    st.lists(NASTY, max_size=2),
    st.dictionaries(NASTY, NASTY, max_size=1),
)
FIELDS = {
    "campaign_event": ("id", "created_at", "type"),
    "scheduled_email": ("id", "lead_id", "sent_at"),
    "reply": ("id", "date_received", "automated_reply", "interested", "from_email_address", "type", "folder"),
    "lead": ("id", "email", "first_name", "last_name", "company", "title", "status"),
    "campaign": ("id", "name"),
    "sender_email": ("id", "email", "status"),
    "blacklisted_email": ("email",),
}


def block(names: tuple[str, ...]) -> st.SearchStrategy[dict[str, object]]:
    variables = st.lists(
        st.fixed_dictionaries({"name": NASTY | st.just("phone"), "value": VALUES}), max_size=2
    )
    return st.fixed_dictionaries({}, optional=dict.fromkeys(names, VALUES) | {"custom_variables": variables})


EVENTS = st.fixed_dictionaries(
    {
        "event": st.fixed_dictionaries(
            {
                "type": st.sampled_from([str(kind) for kind in EventType]) | NASTY,
                "workspace_id": st.just(12) | VALUES,
                "workspace_name": VALUES,
            }
        ),
        "data": st.fixed_dictionaries(
            {},
            optional={name: block(fields) for name, fields in FIELDS.items()}
            | dict.fromkeys(("tag_id", "tag_name", "taggable_id", "taggable_type", "email"), VALUES),
        ),
    }
)


async def all_end(house: House, bodies: list[bytes], query: str = "") -> None:
    """Post, process until nothing waits, and see that a plain event behind them all is applied."""
    for content in bodies:
        assert (await house.post(content, query=query)).status in (200, 400)
    plain = webhook("email_sent", send=(4, house.clock.now()), email="after@molar.example")
    assert (await house.post(body({**plain, "n": house.clock.monotonic()}))).status == 200
    await house.drain()
    for row in await house.all():
        assert (row.state, bool(row.effect), bool(row.error)) in {
            ("done", True, False),
            ("dead", False, True),
        }
        assert "refused" not in (row.error or "")
        assert "a fault in bisonwatch" not in (row.error or "")
    assert any(row.lead_email == "after@molar.example" for row in await house.all(tables.client_leads))
    await house.clock.advance(1)


@SEARCH
@given(bodies=st.lists(EVENTS, min_size=1, max_size=4))
async def test_hostile_values(house: House, bodies: list[dict[str, object]]) -> None:
    """Any value in any field of any event, on both databases."""
    await all_end(house, [body(raw) for raw in bodies])


@SEARCH
@given(bodies=st.lists(OBJECTS | HEADS, min_size=1, max_size=4))
async def test_any_object(house: House, bodies: list[dict[str, object]]) -> None:
    """Any JSON object at all, routed by the address."""
    await all_end(house, [body(raw) for raw in bodies], query="workspace=12")


@SEARCH
@given(content=st.binary(max_size=60), path=st.text(max_size=20), query=st.text(max_size=30))
async def test_any_request_is_answered(door: House, content: bytes, path: str, query: str) -> None:
    """Bytes that are no JSON, paths and queries that are nonsense: an answer, never an error."""
    safe = query.encode(errors="replace").decode()
    assert (await door.post(content, query=safe)).status in (200, 400)
    assert (await door.post(content, "/webhooks/main/" + path)).status in (401, 404, 429)


DEEP = {
    "objects": b'{"event":{"type":"email_sent","workspace_id":12},"data":'
    + b'{"lead":' * 250
    + b"1"
    + b"}" * 251,
    "lists": b'{"event":{"type":"email_sent","workspace_id":12},"data":{"lead":'
    + b"[" * 900
    + b"]" * 900
    + b"}}",
    "wrapped": b'{"data":' * 500 + b"{}" + b"}" * 500,
}


@pytest.mark.parametrize("case", DEEP)
async def test_deep_nesting(house: House, case: str) -> None:
    """A body nested as deep as can be read is stored and ends like any other."""
    assert (await house.post(DEEP[case])).status == 200
    await all_end(house, [])


async def test_too_deep_to_be_read(door: House) -> None:
    """Beyond what any reader takes it is refused as not JSON, quickly."""
    assert (await door.post(b"[" * 100_000 + b"]" * 100_000)).status == 400
    assert (await door.post(b'{"a":' * 40_000 + b"1" + b"}" * 40_000)).status == 400


async def test_hostile_names_are_only_text(house: House) -> None:
    """Escapes, directions and NULs are gone from what is stored; markup stays as the text it is."""
    name = "\x1b[31mEve\x00 \u202eelk\u202c [b]x[/b] <!here> =1+1"
    await house.post(body(webhook("email_sent", name=name, send=(1, house.clock.now()), first_name=name)))
    await house.drain()
    (row,) = await house.all(tables.client_leads)
    safe = "[31mEve  elk [b]x[/b] <!here> =1+1"
    assert (row.first_name, row.workspace_name) == (safe, safe)
    assert json.loads((await house.all())[0].body)["data"]["lead"]["first_name"] == name


async def test_a_name_made_to_collide(house: House) -> None:
    """A workspace named after another one's key cannot take its display name, nor stop its news."""
    for workspace, name in ((13, "Desk (main/12)"), (11, "Desk"), (12, "Desk")):
        await house.post(
            body(webhook("email_sent", workspace=workspace, name=name, send=(1, house.clock.now())))
        )
        await house.drain()
    names = {row.workspace_id: row.workspace_name for row in await house.all(tables.client_registry)}
    assert names == {11: "Desk", 12: "Desk (main/12) (main/12)", 13: "Desk (main/12)"}
    assert {row.state for row in await house.all()} == {"done"}
