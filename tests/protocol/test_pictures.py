"""Pictures as messages and back."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from bisonwatch.domain.snapshot import Snapshot, nothing_yet
from bisonwatch.protocol.codec import Unreadable
from bisonwatch.protocol.pictures import LISTS, Reading, changes, whole
from bisonwatch.protocol.sse import Message, Parser
from tests.tui.support import hostile_feed
from tests.tui.world import NOW, event_row, quiet_snapshot, snapshot


def read(reading: Reading, data: bytes) -> Snapshot | None:
    """The last picture that these bytes complete."""
    found = [picture for message in Parser().take(data) if (picture := reading.take(message)) is not None]
    return found[-1] if found else None


def later(before: Snapshot, seconds: float = 1.0, **more: object) -> Snapshot:
    """As it is a moment later: every row was read again."""
    rows = tuple(replace(row, as_of=row.as_of + timedelta(seconds=seconds)) for row in before.workspaces)
    at = before.at + timedelta(seconds=seconds)
    return replace(before, **{"number": before.number + 1, "at": at, "workspaces": rows, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "shown", [snapshot(), quiet_snapshot(), nothing_yet(NOW), hostile_feed().snapshot()], ids=lambda _: ""
)
def test_a_whole_picture_comes_back_as_it_was(shown: Snapshot) -> None:
    """Whatever is in it, and also as the change from any other."""
    reading = Reading()
    assert read(reading, whole(shown, "b")) == shown
    other = replace(quiet_snapshot(), number=99)
    other = replace(other, workspaces=tuple(replace(row, version=9) for row in other.workspaces))
    assert read(reading, changes(shown, other, "b")) == other
    assert read(reading, changes(other, shown, "b")) == shown
    assert reading.last == f"b.{shown.number}"


def test_only_what_changed_is_told() -> None:
    """Of 27 workspaces, 60 events and 60 lines of the log: one row, one event, the figures that moved, and when all were read."""
    before = snapshot()
    rows = list(later(before).workspaces)
    rows[3] = replace(rows[3], webhooks_24h=rows[3].webhooks_24h + 1, version=rows[3].version + 1)
    new = event_row(101, NOW)
    after = later(before, workspaces=tuple(rows), events=(new, *before.events[:-1]), score=80)
    data = changes(before, after, "b")
    told = {message.event: json.loads(message.data) for message in Parser().take(data)}
    assert list(told) == ["workspace", "event", "figures"]
    assert [row["key"] for row in told["workspace"]["rows"]] == [str(rows[3].key)]
    assert told["event"]["spans"] == [[-1, 1], [0, 59]]
    assert set(told["figures"]) == {"number", "at", "score", "workspaces_as_of"}
    assert len(data) < 3000 < len(whole(after, "b")) / 10
    reading = Reading()
    read(reading, whole(before, "b"))
    assert read(reading, data) == after


def test_when_workspaces_were_read_may_be_told_less_often() -> None:
    """Each reader pays for it row by row; all else is the same."""
    before = snapshot()
    after = later(before)
    reading = Reading()
    read(reading, whole(before, "b"))
    assert read(reading, changes(before, after, "b", read_at=False)) == replace(
        after, workspaces=before.workspaces
    )


def test_a_picture_is_never_half_changed() -> None:
    """Nothing is shown, and nothing to resume after is known, before the last message of a change."""
    reading, before = Reading(), snapshot()
    read(reading, whole(before, "b"))
    messages = Parser().take(changes(before, replace(quiet_snapshot(), number=8), "b"))
    assert [reading.take(message) for message in messages[:-1]] == [None] * (len(messages) - 1)
    assert (reading.picture, reading.last) == (before, "b.7")
    assert all(message.id is None for message in messages[:-1])


def test_another_version_is_understood_as_far_as_it_can_be() -> None:
    """A field or a message that is new here is passed over; one that is missing is named."""
    told = json.loads(Parser().take(whole(snapshot(), "b"))[0].data)
    reading = Reading()
    newer = json.dumps({**told, "moon": "full"}).encode()
    assert reading.take(Message("snapshot", newer, "b.7")) == snapshot()
    assert reading.take(Message("weather", b"{}", None)) is None
    del told["inbox"]["pending"]
    with pytest.raises(Unreadable, match=r"^inbox\.pending: field required$"):
        reading.take(Message("snapshot", json.dumps(told).encode(), "b.8"))


@pytest.mark.parametrize("event", [*(kind.event for kind in LISTS), "figures"])
def test_nonsense_is_refused_and_shows_nothing(event: str) -> None:
    """A change before the first picture, of another list, or that is no JSON."""
    change = b'{"rows":[],"spans":[[70000,1]]}' if event != "figures" else b'{"score":"high"}'
    with pytest.raises(Unreadable):
        Reading().take(Message(event, change, None))
    reading = Reading()
    read(reading, whole(snapshot(), "b"))
    for data in (change, b"{", b"[]"):
        with pytest.raises(Unreadable):
            reading.take(Message(event, data, None))
    assert reading.picture == snapshot()
