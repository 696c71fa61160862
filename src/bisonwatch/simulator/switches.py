"""What may be chosen about a provider that works: the forms of its answers, its limits, and how late it is.

The provider is published and was observed in more than one form; every member here is one of those differences.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from types import UnionType
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from bisonwatch.errors import CallError

PER_MINUTE = 3000
PAGE_CAP = 1000


@dataclass(frozen=True, slots=True)
class Forms:
    """How answers are written. The first word of each choice is the observed form."""

    user_key: Literal["workspace", "team"] = "workspace"
    workspace: Literal["as_observed", "slim", "full"] = "as_observed"
    stats: Literal["numbers", "strings"] = "numbers"
    unique_opens: Literal["number", "string"] = "number"
    steps: Literal["numbers", "strings"] = "numbers"
    campaign_status: Literal["lower", "title", "upper"] = "lower"
    account_status: Literal["title", "lower", "upper"] = "title"
    lead_campaign_data: Literal["array", "object", "empty"] = "array"
    send_detail_lead: bool = False
    sent_emails_lead: bool = True
    bounced_send: Literal["bounced", "sent"] = "bounced"
    local_digits: Literal["zone", "utc"] = "zone"
    schedule_times: Literal["seconds", "minutes"] = "seconds"
    commands: Literal["message", "empty"] = "message"
    error_401: Literal["bare", "wrapped"] = "bare"
    error_422: Literal["wrapped", "bare"] = "wrapped"
    error_429: Literal["limiter", "framework"] = "limiter"
    error_5xx: Literal["html", "json"] = "html"
    retry_after: bool = True
    beyond_page_cap: Literal["refused", "empty"] = "refused"
    webhook_success: Literal["200", "2xx"] = "200"
    webhook_signature: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """`per_minute` is a budget per key (or for the instance); the long run is a second one over all keys.

    The long run is a bucket of `long_burst` requests that leaks `long_rate` a second; once it is full, every key gets 429 for
    `long_block` seconds. A `long_rate` of 0 means that there is no such budget.
    """

    per_minute: int = PER_MINUTE
    scope: Literal["key", "instance"] = "key"
    long_rate: float = 0.0
    long_burst: int = 20_000
    long_block: float = 45.0
    page_cap: int = PAGE_CAP


@dataclass(frozen=True, slots=True)
class Delays:
    """Seconds by which the provider is behind itself.

    `sync`: the most that lies between a mail's `date_received` and its row's `created_at`. `revision`: how long after its day's
    end the daily series goes on gaining bounces and replies. `deletion`: how long a row lingers after it was deleted.
    """

    sync: float = 0.0
    revision: float = 0.0
    revised_day: Literal["event", "send"] = "event"
    deletion: float = 600.0


S = TypeVar("S", Forms, Limits, Delays)


def changed(known: S, data: object) -> S:
    """`known` with the members that `data` names; what it leaves out stays. Raises CallError."""
    if not isinstance(data, dict):
        raise CallError("an object is expected")
    kinds = get_type_hints(type(known))
    if strange := sorted(map(str, set(data) - set(kinds))):
        raise CallError(f"unknown: {', '.join(strange)}", hint=f"there are {', '.join(kinds)}")
    return replace(known, **{name: _value(name, kinds[name], value) for name, value in data.items()})


def as_json(known: S) -> dict[str, object]:
    return asdict(known)


def documented() -> dict[str, tuple[str, ...]]:
    """Every member of the three and, for choices, its words."""
    found: dict[str, tuple[str, ...]] = {}
    for kind in (Forms, Limits, Delays):
        hints = get_type_hints(kind)
        found |= {one.name: tuple(map(str, get_args(hints[one.name]))) for one in fields(kind)}
    return found


def _value(name: str, kind: type | UnionType, value: object) -> Any:
    """A command line has words only: `0` and `1` are taken for booleans and numbers too."""
    if get_origin(kind) is Literal:
        if value not in get_args(kind):
            raise CallError(f"{name} is one of {', '.join(get_args(kind))}, not {value!r}")
        return value
    if kind is bool:
        known = {True: True, False: False, "1": True, "0": False, "true": True, "false": False}
        if not isinstance(value, bool | str) or value not in known:
            raise CallError(f"{name} is true or false, not {value!r}")
        return known[value]
    try:
        number = float(str(value)) if kind is float else int(str(value))
    except ValueError:
        number = -1
    if isinstance(value, bool) or not 0 <= number < float("inf"):
        raise CallError(f"{name} is a number of 0 or more, not {value!r}")
    return number
