"""G17: a super-admin key that somebody switches in the middle of any kind of walk, on two nodes: nothing of another workspace, ever."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial

import pytest
from sqlalchemy import select

from bisonwatch.bus import Bus
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.metric import Metric
from bisonwatch.errors import ProviderError
from bisonwatch.simulator.world import World
from bisonwatch.store import dialect, tables
from bisonwatch.store.database import Database
from bisonwatch.store.place import Place
from bisonwatch.sync.discovery import Discovery
from tests.support.clock import ManualClock
from tests.sync.attacked import ROUTES
from tests.sync.conftest import House
from tests.sync.provider import URL, Provider
from tests.sync.switched import Person
from tests.sync.test_simulated import api_of

PATIENCE_S = 45.0
"""Of a real clock: on Postgres the right to switch a key is granted in the server's, which nobody moves by hand."""
"""After a click the key is left alone for a minute, so that a walk needs more than one."""


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a walk is given is written at once: a foreign page would not wait in a batch until the walk ends."""
    quick = [pragma.replace("synchronous=FULL", "synchronous=OFF") for pragma in dialect.PRAGMAS]
    monkeypatch.setattr(dialect, "PRAGMAS", quick)
    for module in ("accounts", "campaigns", "leads", "log_walk", "intake"):
        monkeypatch.setattr(f"bisonwatch.sync.{module}.BATCH", 7)


@pytest.fixture
async def nodes(place: Place) -> AsyncIterator[tuple[Person, list[House]]]:
    """Two nodes on one database, one key that both may switch, three workspaces with walks of several pages."""
    clock = ManualClock(auto=True)
    world = World(5, 3, 150, start=clock.now(), url=URL, rate=0.4, past_days=False)
    person = Person(world, api_of(world, clock))
    database = Database(place, clock)
    made = [
        House(clock, database, Bus(), Provider(), person.providers(clock, database=database))
        for _ in range(2)
    ]
    for house in made:
        await Discovery(database, house.providers, clock, house.bus).once()
    for key in person.keys:
        for _ in range(40):
            world.add_campaign(key.id)
            world.add_lead(key.id)
    await clock.advance(1800)
    world.advance(clock.now())
    yield person, made
    for house in made:
        await house.providers.close()
    await database.close()


def walk_of(house: House, kind: str) -> Callable[[WorkspaceKey], Awaitable[object]]:
    return {
        "accounts": house.accounts.walk,
        "campaigns": house.campaigns.walk,
        "leads": house.leads.walk,
        "newest leads": house.leads.newest,
        "log": house.poller.walk,
        "replies": house.replies.walk,
        "sends": house.sends.walk,
    }[kind]


async def foreign(database: Database, world: World) -> list[object]:
    """Whatever is stored under a workspace and is not in the provider's own books of it."""
    found: list[object] = []
    async with database.read() as tx:
        for number, here in world.workspaces.items():
            books: dict[object, set[object]] = {
                tables.accounts.c.id: {row.id for row in here.accounts},
                tables.campaigns.c.id: {row.id for row in here.campaigns},
                tables.client_leads.c.lead_email: {row.email.lower() for row in here.leads},
            }
            for column, ids in books.items():
                rows = select(column).where(column.table.c.workspace_id == number)  # type: ignore[attr-defined, call-overload]
                found += [row[0] for row in await tx.rows(rows) if row[0] not in ids]
            f = tables.facts.c
            keys = {f"s:{row.id}" for row in here.sends} | {f"r:{row.id}" for row in here.replies}
            listed = [m.value for m in (Metric.SENT, Metric.REPLIED, Metric.UNTRACKED, Metric.BOUNCED)]
            rows = select(f.key).where(f.workspace_id == number, f.type.in_(listed))
            found += [row[0] for row in await tx.rows(rows) if row[0] not in keys]
    return found


async def walked(house: House, kind: str, key: WorkspaceKey, ended: list[str]) -> None:
    """Until it ends well; each time it does not, it says why."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        try:
            await walk_of(house, kind)(key)
        except ProviderError as problem:
            ended.append(type(problem).__name__)
            await house.clock.advance(61)
        else:
            return
    raise AssertionError(f"{kind} of {key} never ended well: {ended}")


@pytest.mark.parametrize("kind", ROUTES)
async def test_clicks_in_the_middle_of_every_kind_of_walk(
    nodes: tuple[Person, list[House]], kind: str
) -> None:
    """Both nodes walk all workspaces while a person clicks before pages 1, 2, 3, 5 and 8: walks are thrown away, and none brings a stranger's row."""
    person, houses = nodes
    database, world = houses[0].database, person.world
    clicked: list[int] = []

    async def click(number: int) -> None:
        clicked.append(number)
        await person.click(number)

    numbers = list(world.workspaces)
    for turn, page in enumerate((1, 2, 3, 5, 8)):
        person.before(ROUTES[kind], page, partial(click, numbers[turn % len(numbers)]))
    ended: list[str] = []
    await asyncio.gather(*(walked(house, kind, key, ended) for key in person.keys for house in houses))
    for house in houses:
        await house.process()
    assert len(clicked) >= 3
    assert set(ended) & {"WrongWorkspace", "ProviderBusy"}
    assert await foreign(database, world) == []
