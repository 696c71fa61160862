"""A simulated provider seen with its super-admin key, and a person who clicks in its pages while we read."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta

import httpx

from bisonwatch.config.instances import Instance
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.simulator.world import World
from bisonwatch.store.database import Database
from bisonwatch.sync.providers import Providers, connected
from tests.support.clock import START, ManualClock
from tests.sync.provider import URL

Then = Callable[[], Awaitable[None]]


@dataclass
class Person(httpx.AsyncBaseTransport):
    """Lets every request through, notes it, and does what was planned before the n-th request of a route."""

    world: World
    api: httpx.AsyncBaseTransport
    asked: list[str] = field(default_factory=list)
    planned: dict[tuple[str, int], Then] = field(default_factory=dict)
    switches: list[int] = field(default_factory=list)
    """Every workspace that was switched to by the product, in order."""
    changes: int = 0
    """How often the user's record was changed."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        self.asked.append(path)
        if path.endswith("switch-workspace"):
            self.switches.append(int(request.content.split(b":")[1].strip(b" }")))
            self.changes += 1
        then = self.planned.pop((path, self.asked.count(path)), None)
        if then is not None:
            await then()
        answer = await self.api.handle_async_request(request)
        return await self._dated(answer) if path == "/api/users" else answer

    async def _dated(self, answer: httpx.Response) -> httpx.Response:
        """The user's record, with the date of its last change: a switch is one."""
        body = json.loads(await answer.aread())
        body["data"]["updated_at"] = (START + timedelta(seconds=self.changes)).isoformat()
        return httpx.Response(answer.status_code, json=body)

    def before(self, path: str, number: int, then: Then) -> None:
        """Counted from now."""
        self.planned[path, self.asked.count(path) + number] = then

    async def click(self, workspace: int) -> None:
        """The person chooses another workspace in the provider's own pages."""
        async with httpx.AsyncClient(transport=self.api, base_url=URL) as browser:
            answer = await browser.post(
                "/api/workspaces/v1.1/switch-workspace", json={"team_id": workspace}, headers=self._key
            )
            assert answer.status_code == 200
        self.changes += 1

    async def looks_at(self) -> int:
        """The workspace the person's browser shows."""
        async with httpx.AsyncClient(transport=self.api, base_url=URL) as browser:
            answer = (await browser.get("/api/users", headers=self._key)).json()["data"]
        number: int = (answer.get("workspace") or answer["team"])["id"]
        return number

    @property
    def _key(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.world.admin_key}"}

    def providers(
        self, clock: ManualClock, *, switches: bool = True, database: Database | None = None
    ) -> Providers:
        """The one instance with the one key."""
        instance = Instance.model_validate(
            {"name": "main", "url": URL, "api_key": self.world.admin_key, "switch_workspaces": switches}
        )
        return connected([instance], clock, transports={"main": self}, environ={}, database=database)

    @property
    def keys(self) -> list[WorkspaceKey]:
        return [WorkspaceKey("main", number) for number in self.world.workspaces]
