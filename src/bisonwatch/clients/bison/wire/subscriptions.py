"""Webhook URLs, the event types they may name, and samples of those."""

from __future__ import annotations

from dataclasses import dataclass

from bisonwatch.clients.bison.fields import URL_LIMIT, Raw, rows, text, word
from bisonwatch.clients.bison.rows import Broken, needed, row_id
from bisonwatch.clients.bison.translate import unwrap


@dataclass(frozen=True, slots=True)
class Subscription:
    """A webhook URL of the workspace and the event types it is sent."""

    id: int
    name: str
    url: str
    events: tuple[str, ...]


def subscription(raw: Raw) -> Subscription:
    events = tuple(name for entry in rows(raw.get("events")) if (name := word(entry)))
    url = needed(text(raw.get("url"), URL_LIMIT), "url", raw.get("url"))
    return Subscription(row_id(raw), text(raw.get("name")) or "", url, events)


def event_type(raw: Raw) -> str:
    """One entry of the event-types list: its subscription id."""
    return needed(word(raw.get("id")), "id", raw.get("id"))


def sample(raw: Raw) -> dict[str, object]:
    """The body of a sample webhook, out of its wrapper: `{event, data}`."""
    bare = unwrap(raw)
    if not isinstance(bare.get("event"), dict):
        raise Broken("event", f"expected an object, found {type(bare.get('event')).__name__}")
    return bare
