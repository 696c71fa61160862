"""Routes of webhooks and the event log, and the few commands: switch workspace, mint a key."""

from __future__ import annotations

from datetime import timedelta

import orjson
from starlette.responses import Response

from bisonwatch.simulator import payloads, rows
from bisonwatch.simulator.answers import done, invalid, record_missing
from bisonwatch.simulator.desk import Call, date_range
from bisonwatch.simulator.listing import Listing
from bisonwatch.simulator.moments import whole
from bisonwatch.simulator.records import LoggedEvent, Subscription
from bisonwatch.simulator.samples import sample
from bisonwatch.simulator.scribe import LOG_DAYS

SUBSCRIBABLE = (
    ("Email Sent", "email_sent"),
    ("Manual Email Sent", "manual_email_sent"),
    ("Contact First Emailed", "lead_first_contacted"),
    ("Contact Replied", "lead_replied"),
    ("Contact Interested", "lead_interested"),
    ("Contact Unsubscribed", "lead_unsubscribed"),
    ("Untracked Reply Received", "untracked_reply_received"),
    ("Email Opened", "email_opened"),
    ("Email Bounced", "email_bounced"),
    ("Email Account Added", "email_account_added"),
    ("Email Account Removed", "email_account_removed"),
    ("Email Account Disconnected", "email_account_disconnected"),
    ("Email Account Reconnected", "email_account_reconnected"),
    ("Tag Attached", "tag_attached"),
    ("Tag Removed", "tag_removed"),
    ("Warmup Disabled (Causing Bounces)", "warmup_disabled_causing_bounces"),
    ("Warmup Disabled (Receiving Bounces)", "warmup_disabled_receiving_bounces"),
)
EVERY_TYPE = tuple(kind.lower() for kind in payloads.NAMES)


async def events(call: Call) -> Response:
    """The log: cursor only, both dates, ten days; `end_date` of tomorrow includes today."""
    first, last = date_range(dict(call.request.query_params))
    kind = (call.word("type") or "").upper()
    edge = call.now - timedelta(days=LOG_DAYS)

    def keep(event: LoggedEvent) -> bool:
        at = event.created_at
        return at >= edge and first <= at.date() <= last and kind in ("", event.type)

    return call.list(Listing(call.workspace.log, rows.event, keep), cursor_only=True)


async def retry(call: Call) -> Response:
    key = call.path_word()
    attempt_id = int(key) if key.isdigit() else 0
    queued = call.desk.deliveries.retry(attempt_id, call.workspace.id, call.now)
    if queued is None:
        raise record_missing("webhook_attempt", key)
    return done("Webhook retry queued", webhook_delivery_id=queued.id)


# subscriptions


def _subscription(call: Call) -> Subscription:
    return call.find("webhook_url", lambda w: w.subscriptions)


async def subscriptions(call: Call) -> Response:
    """Not paginated."""
    return call.data([rows.subscription(one) for one in call.workspace.subscriptions])


async def subscription(call: Call) -> Response:
    return call.data(rows.subscription(_subscription(call)))


async def subscribe(call: Call) -> Response:
    name, url, kinds = await _wanted(call)
    at = whole(call.now)
    new = Subscription(call.desk.world.scribe.next_id("subscription"), name, url, kinds, at, at)
    return call.data(rows.subscription(call.workspace.subscriptions.add(new)), 201)


async def resubscribe(call: Call) -> Response:
    """PUT replaces: name, url and the whole list of events."""
    found = _subscription(call)
    found.name, found.url, found.events = await _wanted(call)
    found.updated_at = whole(call.now)
    return call.data(rows.subscription(found))


async def unsubscribe(call: Call) -> Response:
    found = _subscription(call)
    call.workspace.subscriptions.remove(found.id)
    return call.done(f"{found.name} webhook url was successfully deleted")


async def _wanted(call: Call) -> tuple[str, str, tuple[str, ...]]:
    body = await call.body()
    missing = {
        name: f"The {name} field is required." for name in ("name", "url", "events") if not body.get(name)
    }
    if missing:
        raise invalid(**missing)
    kinds = body["events"]
    if not isinstance(kinds, list):
        raise invalid(events="The events field must be an array.")
    return str(body["name"]), str(body["url"]), tuple(str(kind).lower() for kind in kinds)


async def event_types(call: Call) -> Response:
    return call.data([{"name": name, "id": kind} for name, kind in SUBSCRIBABLE])


async def sample_payload(call: Call) -> Response:
    """The payload with one `data` more around it than a delivery has."""
    return call.data(sample(_kind(call.word("event_type")), call.desk.world.url, call.workspace))


async def test_event(call: Call) -> Response:
    """Posts a sample to the given URL at once."""
    body = await call.body()
    if not body.get("url"):
        raise invalid(url="The url field is required.")
    payload = sample(_kind(body.get("event_type")), call.desk.world.url, call.workspace)
    await call.desk.deliveries.test(str(body["url"]), orjson.dumps(payload))
    return done("Successfully sent test webhook", payload=payload)


def _kind(word: object) -> str:
    if not word:
        raise invalid(event_type="The event type field is required.")
    if str(word).lower() not in EVERY_TYPE:
        raise invalid(event_type="The selected event type is invalid.")
    return str(word).upper()
