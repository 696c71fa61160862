"""Scheduled e-mails: what was sent and what is planned."""

from __future__ import annotations

import operator
from collections.abc import Callable
from datetime import date, datetime, timedelta

from starlette.responses import Response

from bisonwatch.simulator import rows
from bisonwatch.simulator.answers import invalid
from bisonwatch.simulator.desk import Call
from bisonwatch.simulator.listing import Listing
from bisonwatch.simulator.moments import OFFSETS
from bisonwatch.simulator.records import Send
from bisonwatch.simulator.shelf import Window

_COMPARE: dict[str, Callable[[date, date], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ">": operator.gt,
    ">=": operator.ge,
}
_DAY = timedelta(days=1)


async def sends(call: Call) -> Response:
    return listed(call, call.numbers("campaign_ids"), call.numbers("lead_ids"))


def listed(call: Call, campaigns: set[int], leads: set[int]) -> Response:
    """Also on the route of one campaign; the filter's date is in the campaign's zone."""
    status, mailboxes = call.word("status"), call.numbers("sender_email_ids")
    first, last, dated = _dated(call)

    def keep(send: Send) -> bool:
        return (
            status in (None, _filter_word(call, send))
            and (not campaigns or send.campaign.id in campaigns)
            and (not leads or send.lead.id in leads)
            and (not mailboxes or send.account.id in mailboxes)
            and dated(send)
        )

    shelf = call.workspace.sends
    lead = next(iter(leads)) if len(leads) == 1 else None
    as_told = call.forms.bounced_send == "sent"
    window = Window(first, last, frozenset(campaigns), lead, None if as_told else status)
    unfiltered = not (as_told and status) and not mailboxes and dated is _always and len(leads) < 2
    if unfiltered and not campaigns and not leads and status is None:
        return call.list(Listing(shelf, rows.send))
    return call.list(Listing(shelf, rows.send, keep, window, whole=unfiltered))


def _filter_word(call: Call, send: Send) -> str:
    """The filter says `paused` where the row says `sending_paused`, and follows the row for bounces."""
    if send.status == "bounced" and call.forms.bounced_send == "sent":
        return "sent"
    return "paused" if send.status == "sending_paused" else send.status


def _always(send: Send) -> bool:
    return True


Dated = tuple[date | None, date | None, Callable[[Send], bool]]


def _dated(call: Call) -> Dated:
    """`scheduled_date_local[criteria]` and `[value]`, or `scheduled_date` in UTC; dotted names work too."""
    for name in ("scheduled_date_local", "scheduled_date"):
        value = call.word(f"{name}[value]") or call.word(f"{name}.value")
        sign = call.word(f"{name}[criteria]") or call.word(f"{name}.criteria") or "="
        if value:
            return _compared(name, sign, value)
    return None, None, _always


def _compared(name: str, sign: str, value: str) -> Dated:
    """The days around the wanted ones in UTC, and the comparison in the zone."""
    try:
        compare, day = _COMPARE[sign], date.fromisoformat(value[:10])
    except (KeyError, ValueError) as error:
        raise invalid(**{name: f"The {name.replace('_', ' ')} field is not valid."}) from error
    zoned = name == "scheduled_date_local"

    def keep(send: Send) -> bool:
        at = _local(send.scheduled_at, send.campaign.zone) if zoned else send.scheduled_at
        return compare(at.date(), day)

    first = day - _DAY if sign in (">", ">=", "=") else None
    last = day + _DAY if sign in ("<", "<=", "=") else None
    return first, last, keep


def _local(at: datetime, zone: str) -> datetime:
    return at + timedelta(hours=OFFSETS.get(zone, 0))


async def send(call: Call) -> Response:
    """The live answer has no `lead`; the documented one has."""
    write = rows.send if call.forms.send_detail_lead else rows.send_single
    return call.data(write(call.find("scheduled_email", lambda w: w.sends)))
