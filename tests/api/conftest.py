"""The operator's API in front of a story's engine, driven without a socket."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from tests.support import places
from tests.support.story import Story, story

OPERATOR, VIEWER = "operator-token-91c4", "viewer-token-2f08"


@dataclass
class Desk:
    """An API and who asks it. `remote` comes from another machine."""

    told: Story
    local: httpx.AsyncClient
    remote: httpx.AsyncClient

    async def get(self, path: str, token: str | None = OPERATOR, **query: object) -> httpx.Response:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        return await self.local.get(path, headers=headers, params=query or None)

    async def walk(self, path: str, limit: int) -> list[dict]:
        """Every item, page by page."""
        items, after = [], None
        while True:
            page = (
                await self.get(path, limit=limit, **({"after": after} if after is not None else {}))
            ).json()
            assert len(page["items"]) <= limit
            items += page["items"]
            after = page["next"]
            if after is None:
                return items


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    """One for all tests of a file, which leave it as they found it."""
    place = places.sqlite_copy(sqlite_template, tmp_path_factory.mktemp("api"))
    async with story(place, tokens=[("ops", "operator", OPERATOR), ("eye", "viewer", VIEWER)]) as told:
        app = told.engine.api.app
        near = httpx.ASGITransport(app, client=("127.0.0.1", 50000), raise_app_exceptions=False)
        far = httpx.ASGITransport(app, client=("203.0.113.9", 50000))
        async with (
            httpx.AsyncClient(transport=near, base_url="http://localhost") as local,
            httpx.AsyncClient(transport=far, base_url="http://api.example") as remote,
        ):
            yield Desk(told, local, remote)
