"""One fingerprint for one piece of news."""

from __future__ import annotations

import orjson
import pytest

from bisonwatch.clients.bison.canonical import content_hash
from bisonwatch.clients.bison.translate import parse
from bisonwatch.errors import UnreadableEvent
from tests.clients.provider import rest_json, webhook


def test_webhook_log_and_wrapped_bodies_have_one_hash() -> None:
    """The same payload has the same hash through every door."""
    payload = parse(webhook("variant.events-envelope.lead_replied"))["payload"]
    wrapped = parse(webhook("variant.wrapped-in-data.lead_replied"))
    logged = rest_json("events.cursor-page")["data"][0]
    bodies = [payload, {"data": payload}, {"id": 5, "payload": payload, "created_at": "x"}, wrapped, logged]
    hashes = {content_hash(body) for body in bodies}
    assert len(hashes) == 1
    assert len(hashes.pop()) == 16


def test_the_order_of_keys_does_not_matter() -> None:
    """Keys are sorted at every depth."""
    one = parse(b'{"event":{"type":"x","name":"y"},"data":{"a":{"b":1,"c":2}}}')
    two = parse(b'{"data":{"a":{"c":2,"b":1}},"event":{"name":"y","type":"x"}}')
    assert content_hash(one) == content_hash(two)


def test_different_news_differ() -> None:
    """One other value is another hash, also where there is neither event nor data."""
    bodies = [webhook("email_sent"), webhook("lead_first_contacted"), b'{"a":1}', b'{"a":2}', b"{}"]
    assert len({content_hash(parse(body)) for body in bodies}) == 5


def test_a_body_nested_too_deeply_is_unreadable() -> None:
    """What cannot be written again has no hash, and says so."""
    deep = b'{"event":{},"data":' + b"[" * 300 + b"]" * 300 + b"}"
    with pytest.raises(UnreadableEvent, match="canonical"):
        content_hash(orjson.loads(deep))
