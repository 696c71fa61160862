"""The provider's webhook bodies and event-log payloads as the domain's closed union, one vocabulary for every variant.

Runs for every delivery, so it is plain Python over parsed JSON: no validation library, no regular expression on the way.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import orjson

from bisonwatch.clients.bison.fields import Raw, block, email, flag, ident, instant, text, word
from bisonwatch.domain.account import AccountStatus, status_of
from bisonwatch.domain.clean import clean
from bisonwatch.domain.event import (
    ACCOUNT_TYPES,
    BLACKLIST_TYPES,
    LEAD_TYPES,
    TAG_TYPES,
    AccountEvent,
    AccountNews,
    BlacklistEvent,
    Campaign,
    Event,
    EventType,
    Header,
    Lead,
    LeadEvent,
    Reply,
    Send,
    TagEvent,
    UnknownEvent,
)
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.merge import SourceRank, Version
from bisonwatch.errors import UnreadableEvent

ALIASES = {
    "bounce": EventType.EMAIL_BOUNCED,
    "bounced": EventType.EMAIL_BOUNCED,
    "unsubscribed": EventType.LEAD_UNSUBSCRIBED,
    "reply_received": EventType.LEAD_REPLIED,
    "contact_replied": EventType.LEAD_REPLIED,
    "contact_interested": EventType.LEAD_INTERESTED,
    "contact_unsubscribed": EventType.LEAD_UNSUBSCRIBED,
    "contact_first_emailed": EventType.LEAD_FIRST_CONTACTED,
    "contact_first_contacted": EventType.LEAD_FIRST_CONTACTED,
    "lead_first_emailed": EventType.LEAD_FIRST_CONTACTED,
}
"""Names that circulate for the provider's types; dots, dashes, spaces and case are folded before this table."""

VARIABLES = 100
VARIABLE_LIMIT = 2000
_LONGEST_TYPE = 80
_WRAPPERS = 4
_FOLD = str.maketrans(".- ", "___")


def parse(body: bytes) -> dict[str, object]:
    """The body as a JSON object. Raises UnreadableEvent."""
    try:
        raw: object = orjson.loads(body)
    except orjson.JSONDecodeError as problem:
        raw = _patiently(body, problem)
    if not isinstance(raw, dict):
        raise UnreadableEvent(f"the body is JSON, but not an object: {type(raw).__name__}")
    return raw


def _patiently(body: bytes, problem: orjson.JSONDecodeError) -> object:
    """JSON by its grammar that the fast reader refuses: half of a surrogate pair, a number beyond a double."""
    try:
        return json.loads(body.decode(), parse_int=_number, parse_constant=_refused)
    except (ValueError, RecursionError):
        raise UnreadableEvent(f"the body is not JSON: {problem}") from problem


def _number(digits: str) -> float:
    return int(digits) if len(digits) < 20 else float(digits)


def _refused(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def unwrap(raw: Raw) -> dict[str, object]:
    """`{"event": …, "data": …}` out of a bare body, one wrapped again in `data`, an event-log row, a flat-string event."""
    for _ in range(_WRAPPERS):
        event = raw.get("event")
        if isinstance(event, str):
            flat = {key: raw[key] for key in ("instance_url", "workspace_id", "workspace_name") if key in raw}
            return {"event": {"type": event, **flat}, "data": raw.get("data")}
        if isinstance(event, dict):
            break
        inner = block(raw.get("payload")) or block(raw.get("data"))
        if not ("event" in inner or "payload" in inner or "data" in inner):
            break
        raw = inner
    return {"event": raw.get("event"), "data": raw.get("data")}


@dataclass(frozen=True, slots=True)
class Route:
    """What the door needs to know of a body before it is stored; None where the body does not say."""

    type: str | None
    workspace_id: int | None
    workspace_name: str | None
    instance_url: str | None


def route(raw: Raw) -> Route:
    """Whose news this is. Never raises."""
    return route_of(unwrap(raw))


def route_of(bare: Raw) -> Route:
    """As `route`, of a body that is unwrapped already."""
    head = block(bare["event"])
    return Route(
        folded_type(head.get("type")),
        ident(head.get("workspace_id")),
        text(head.get("workspace_name")),
        text(head.get("instance_url")),
    )


def folded_type(value: object) -> str | None:
    """An event type in our vocabulary: lower snake case, aliases folded; an unknown one clean and at most 80 long."""
    return _folded(value[: _LONGEST_TYPE * 2]) if isinstance(value, str) else None


@lru_cache(maxsize=1024)
def _folded(name: str) -> str | None:
    folded = clean(name).strip().lower().translate(_FOLD)[:_LONGEST_TYPE]
    return str(ALIASES.get(folded, folded)) or None


def event(raw: Raw, *, instance: str, workspace_id: int | None) -> Event:
    """The news a body tells; the body's own workspace id wins over the argument.

    Raises UnreadableEvent, saying what is missing.
    """
    body = unwrap(raw)
    head = block(body["event"])
    kind = folded_type(head.get("type"))
    if kind is None:
        raise UnreadableEvent("the body has no event type")
    workspace = ident(head.get("workspace_id")) or workspace_id
    if workspace is None:
        raise UnreadableEvent("neither the body nor the address it came to names a workspace")
    header = Header(WorkspaceKey(instance, workspace), text(head.get("workspace_name")), kind)
    make = _MAKERS.get(kind)
    if make is None:
        return UnknownEvent(header)
    data = body["data"]
    if not isinstance(data, dict):
        raise UnreadableEvent("the body has no data object")
    return make(header, data)


def version_of(event: Event, received_at: datetime) -> Version:
    """When the news was true: the campaign event, else the reply, else the send, else the receipt."""
    if not isinstance(event, LeadEvent):
        return Version(received_at, SourceRank.EVENT, 0)
    known_at = (
        event.campaign_event_at
        or (event.reply.received_at if event.reply else None)
        or (event.send.sent_at if event.send else None)
        or received_at
    )
    sequence = (
        event.campaign_event_id
        or (event.reply.id if event.reply else None)
        or (event.send.id if event.send else None)
        or 0
    )
    return Version(known_at, SourceRank.EVENT, sequence)


def lead_of(raw: Raw) -> Lead | None:
    """A lead block of a webhook or a lead row of REST; None without an address, which is its identity."""
    address = email(raw.get("email"))
    if address is None:
        return None
    return Lead(
        ident(raw.get("id")),
        address,
        text(raw.get("first_name")),
        text(raw.get("last_name")),
        text(raw.get("company")),
        text(raw.get("title")),
        word(raw.get("status")),
        _variables(raw.get("custom_variables")),
    )


def reply_of(raw: Raw) -> Reply | None:
    """A reply block of a webhook or a reply row of REST; None without an id. Its words are kept as written."""
    number = ident(raw.get("id"))
    if number is None:
        return None
    return Reply(
        number,
        flag(raw.get("automated_reply")) or False,
        flag(raw.get("interested")) or False,
        instant(raw.get("date_received")),
        email(raw.get("from_email_address")),
        text(raw.get("type")) or "",
        text(raw.get("folder")) or "",
    )


def _variables(value: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, list) or not value:
        return ()
    return tuple(
        (name, text(item.get("value"), VARIABLE_LIMIT) or "")
        for item in value[:VARIABLES]
        if isinstance(item, dict) and (name := text(item.get("name")))
    )


def _send(raw: Raw, lead_id: int | None) -> Send | None:
    number = ident(raw.get("id"))
    if number is None:
        return None
    return Send(number, ident(raw.get("lead_id")) or lead_id, instant(raw.get("sent_at")))


def _campaign(raw: Raw) -> Campaign | None:
    number = ident(raw.get("id"))
    return None if number is None else Campaign(number, text(raw.get("name")))


def _account(raw: Raw, status: AccountStatus | None = None) -> AccountNews | None:
    number = ident(raw.get("id"))
    if number is None:
        return None
    told = raw.get("status")
    status = status or status_of(told if isinstance(told, str) else None)
    return AccountNews(number, email(raw.get("email")), status, instant(raw.get("updated_at")))


def _lead_event(header: Header, data: Raw) -> LeadEvent:
    happened = block(data.get("campaign_event"))
    lead = block(data.get("lead"))
    lead_id = ident(lead.get("id")) if lead else None
    return LeadEvent(
        header,
        ident(happened.get("id")),
        instant(happened.get("created_at")),
        _send(block(data.get("scheduled_email")), lead_id),
        lead_of(lead) if lead else None,
        _campaign(block(data.get("campaign"))),
        _account(block(data.get("sender_email"))),
        reply_of(block(data.get("reply"))),
    )


def _account_event(header: Header, data: Raw) -> AccountEvent:
    raw = block(data.get("sender_email"))
    untold = raw.get("status") is None
    status = None
    if header.type == EventType.EMAIL_ACCOUNT_REMOVED:
        status = AccountStatus.REMOVED
    elif untold and header.type != EventType.EMAIL_ACCOUNT_DISCONNECTED:
        status = AccountStatus.CONNECTED
    account = _account(raw, status)
    if account is None:
        raise UnreadableEvent("the body has no sender_email.id")
    return AccountEvent(header, account)


def _tag_event(header: Header, data: Raw) -> TagEvent:
    return TagEvent(
        header,
        ident(data.get("tag_id")),
        text(data.get("tag_name")),
        ident(data.get("taggable_id")),
        text(data.get("taggable_type")),
    )


def _blacklist_event(header: Header, data: Raw) -> BlacklistEvent:
    mail, domain = block(data.get("blacklisted_email")), block(data.get("blacklisted_domain"))
    places = (mail.get("email"), domain.get("domain"), data.get("email"), data.get("domain"))
    return BlacklistEvent(header, next((found for place in places if (found := email(place))), None))


_MAKERS: dict[str, Callable[[Header, Raw], Event]] = {
    **{str(kind): _lead_event for kind in LEAD_TYPES},
    **{str(kind): _account_event for kind in ACCOUNT_TYPES},
    **{str(kind): _tag_event for kind in TAG_TYPES},
    **{str(kind): _blacklist_event for kind in BLACKLIST_TYPES},
}
