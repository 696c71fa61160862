"""Routes of workspaces: which there are, their numbers, and what a super-admin key may do with them."""

from __future__ import annotations

from datetime import date

from bisonwatch.clients.bison import wire
from bisonwatch.clients.bison.door import Door, plain, read
from bisonwatch.clients.bison.fields import block, text
from bisonwatch.clients.bison.query import between

_ROUTE = "/api/workspaces/v1.1"


class Workspaces:
    """`door` checks the key's workspace where it is bound; `free` never does, for what concerns no single workspace."""

    def __init__(self, door: Door, free: Door) -> None:
        self._door = door
        self._free = free

    async def all(self) -> tuple[wire.WorkspaceRow, ...]:
        """The workspaces the key can see: one for a workspace's key, all of the user's for a super-admin's."""
        found = await self._free.collected(_ROUTE, wire.workspace_row)
        return tuple({row.id: row for row in found}.values())

    async def one(self, workspace_id: int) -> wire.WorkspaceRow:
        return await self._free.one(f"{_ROUTE}/{workspace_id}", plain(wire.workspace_row))

    async def summary(self, start: date, end: date) -> wire.Summary:
        """The workspace's numbers over a range of days, both included."""
        return await self._door.one(f"{_ROUTE}/stats", wire.summary, between(start, end))

    async def series(self, start: date, end: date) -> wire.Series:
        """The workspace's daily numbers, both days included."""
        return await self._door.series(f"{_ROUTE}/line-area-chart-stats", between(start, end))

    async def inbox_settings(self) -> wire.InboxSettings:
        return await self._door.one(f"{_ROUTE}/master-inbox-settings", plain(wire.inbox_settings))

    async def switch(self, workspace_id: int) -> str | None:
        """Super-admin keys only: moves every user of the key, the person's own browser too. The new workspace's name."""
        answer = await self._free.write("POST", f"{_ROUTE}/switch-workspace", {"team_id": workspace_id})
        return text(block(answer.data).get("name"))

    async def mint_key(self, workspace_id: int, name: str) -> str:
        """Super-admin keys only: a new key for that workspace, shown this once."""
        route = f"{_ROUTE}/{workspace_id}/api-tokens"
        return read(await self._free.write("POST", route, {"name": name}), plain(wire.minted_key))
