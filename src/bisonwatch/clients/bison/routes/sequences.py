"""Routes of what a campaign sends, and when: its sequence, its schedule, what it plans for the next days."""

from __future__ import annotations

from typing import Literal

from bisonwatch.clients.bison import wire
from bisonwatch.clients.bison.door import Door, plain
from bisonwatch.clients.bison.fields import block, rows
from bisonwatch.clients.bison.query import only
from bisonwatch.errors import ProviderUnreachable, RequestRefused

_ROUTE = "/api/campaigns"
Day = Literal["today", "tomorrow", "day_after_tomorrow"]


class Sequences:
    """Everything here is of one campaign, or of all that plan to send."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def steps(self, campaign_id: int) -> tuple[wire.StepRow, ...]:
        """All steps and variants, by the newer route; none for a campaign without a sequence."""
        return await self._steps(f"{_ROUTE}/v1.1/{campaign_id}/sequence-steps")

    async def steps_v1(self, campaign_id: int) -> tuple[wire.StepRow, ...]:
        """The same by the older route, for an instance that has no other."""
        return await self._steps(f"{_ROUTE}/{campaign_id}/sequence-steps")

    async def schedule(self, campaign_id: int) -> wire.ScheduleRow:
        """When it may send. RecordMissing or RouteMissing where it has no schedule."""
        return await self._door.one(f"{_ROUTE}/{campaign_id}/schedule", plain(wire.schedule_row))

    async def timezones(self) -> tuple[str, ...]:
        """The IANA names that a schedule may have."""
        return await self._door.listed(f"{_ROUTE}/schedule/available-timezones", wire.timezone_name)

    async def planned(self, day: Day) -> dict[int, int]:
        """How many messages each campaign means to send on that day."""
        found = await self._door.collected(f"{_ROUTE}/sending-schedules", wire.planned_row, [("day", day)])
        return {row.campaign_id: row.emails for row in found}

    async def planned_of(self, campaign_id: int, day: Day) -> wire.PlannedRow:
        """The same for one campaign."""
        route = f"{_ROUTE}/{campaign_id}/sending-schedule"
        return await self._door.one(route, plain(wire.planned_row), only(day=day))

    async def _steps(self, route: str) -> tuple[wire.StepRow, ...]:
        try:
            answer = await self._door.get(route)
        except RequestRefused as refused:
            if refused.status == 200 and "do not exist" in refused.message.casefold():
                return ()
            raise
        data = answer.data
        told = data if isinstance(data, list) else block(data).get("sequence_steps")
        if not isinstance(told, list):
            raise ProviderUnreachable(f"{route}: answered without a list of steps")
        return self._door.each(route, rows(told), wire.step_row, answer.known_at)
