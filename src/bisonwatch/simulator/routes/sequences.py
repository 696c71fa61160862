"""Sequence steps in both versions, schedules, and what is planned for the next days."""

from __future__ import annotations

from datetime import timedelta

from starlette.responses import Response

from bisonwatch.simulator import rows, sequence_rows
from bisonwatch.simulator.answers import Json, invalid, wrapped
from bisonwatch.simulator.desk import Call
from bisonwatch.simulator.listing import Listing
from bisonwatch.simulator.moments import OFFSETS
from bisonwatch.simulator.records import Campaign
from bisonwatch.simulator.routes.campaigns import find
from bisonwatch.simulator.rows import Row

_DAYS = ("today", "tomorrow", "day_after_tomorrow")


def _missing(campaign: Campaign) -> Response:
    """200, and yet a refusal."""
    return Json(wrapped(f"Sequence steps do not exist for {campaign.name}"))


async def steps(call: Call) -> Response:
    """All in one answer; `page` is ignored."""
    found = find(call)
    if found.sequence_id is None:
        return _missing(found)
    return call.data(
        [sequence_rows.step(step, campaign=found, version="v1") for step in sequence_rows.texts(found)]
    )


async def steps_nested(call: Call) -> Response:
    """v1.1: inside the sequence, and the parent under another name."""
    found = find(call)
    if found.sequence_id is None:
        return _missing(found)
    told = [sequence_rows.step(step, campaign=found, version="v1.1") for step in sequence_rows.texts(found)]
    return call.data({"sequence_id": found.sequence_id, "sequence_steps": told})


async def schedule(call: Call) -> Response:
    return call.data(sequence_rows.schedule(find(call)))


async def templates(call: Call) -> Response:
    return call.data(
        [sequence_rows.schedule(one) | {"type": "Schedule template"} for one in call.workspace.campaigns]
    )


async def time_zones(call: Call) -> Response:
    return call.data(
        [
            {"name": f"(GMT{hours:+03d}:00) {zone.rpartition('/')[2].replace('_', ' ')}", "id": zone}
            for zone, hours in OFFSETS.items()
        ]
    )


async def sending_schedules(call: Call) -> Response:
    """`day` is today, tomorrow or day_after_tomorrow; running campaigns only; paginated."""
    planned = _planned(call)

    def write(campaign: Campaign) -> Row:
        return rows.sending(campaign, planned)

    return call.list(Listing(call.workspace.campaigns, write, lambda campaign: campaign.status == "active"))


async def sending_schedule(call: Call) -> Response:
    return call.data(rows.sending(find(call), _planned(call)))


def _planned(call: Call) -> int:
    """Six tenths of the connected capacity on a working day, shared by the running campaigns."""
    day = call.word("day") or ""
    if day not in _DAYS:
        raise invalid(day="The selected day is invalid.")
    workspace = call.workspace
    capacity = sum(account.daily_limit for account in workspace.accounts if account.connected)
    weekend = (call.now + timedelta(days=_DAYS.index(day))).weekday() >= 5
    share = 0.0 if not workspace.weight else 0.04 if weekend else 0.6
    return int(capacity * share / max(1, len(workspace.active())))
