"""Each dataset made anew out of the mirror: one reading transaction, one pure function, one look at whether it can be true."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import timedelta

from bisonwatch.clock import Clock
from bisonwatch.config.instances import Client
from bisonwatch.domain.dataset import DatasetName, Made
from bisonwatch.domain.datasets import infrastructure, kpi, revenue, volume
from bisonwatch.domain.datasets.revenue import Terms
from bisonwatch.domain.datasets.subject import Subject
from bisonwatch.domain.datasets.validity import checked
from bisonwatch.domain.datasets.volume import Room
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.errors import UnknownWorkspace
from bisonwatch.store import daily, inventory, volume_days, workspaces
from bisonwatch.store.database import Database
from bisonwatch.store.tx import Tx
from bisonwatch.store.workspaces import Entry

Make = Callable[[Tx, Subject, Entry], Awaitable[Made]]


def terms_of(clients: Iterable[Client]) -> dict[WorkspaceKey, Terms]:
    """What is agreed with each client that the configuration knows."""
    return {
        client.workspace: Terms(client.retainer, client.price_per_lead, client.monthly_cost, client.currency)
        for client in clients
    }


class Loader:
    """`make` is all of it; whoever calls remembers what was made."""

    def __init__(self, database: Database, clients: Iterable[Client], clock: Clock) -> None:
        self._database = database
        self._terms = terms_of(clients)
        self._clock = clock
        self._makers: Mapping[DatasetName, Make] = {
            DatasetName.KPI: _kpi,
            DatasetName.VOLUME: _volume,
            DatasetName.REVENUE: self._revenue,
            DatasetName.INFRASTRUCTURE: _infrastructure,
        }

    async def make(self, workspace: WorkspaceKey, name: DatasetName) -> Made:
        """Raises UnknownWorkspace, StoreError (StoreUnavailable while the database is away), DatasetInvalid."""
        now = self._clock.now()
        async with self._database.read() as tx:
            entry = await workspaces.entry(tx, workspace)
            if entry is None:
                raise UnknownWorkspace(f"no workspace is {workspace}", hint="`bisonwatch status` lists them")
            made = await self._makers[name](tx, Subject.of(workspace, entry.name, now), entry)
        return checked(name, made)

    async def _revenue(self, tx: Tx, subject: Subject, _entry: Entry) -> Made:
        known = await daily.of(tx, subject.workspace, *revenue.window(subject.today))
        return revenue.make(subject, known, self._terms.get(subject.workspace))


async def _kpi(tx: Tx, subject: Subject, entry: Entry) -> Made:
    known = await daily.of(tx, subject.workspace, *kpi.window(subject.today))
    return kpi.make(subject, known, entry.kpi_target)


async def _volume(tx: Tx, subject: Subject, _entry: Entry) -> Made:
    workspace, (first, last) = subject.workspace, volume.window(subject.today)
    known = await daily.of(tx, workspace, first, last)
    kept = await volume_days.of(tx, workspace, first, last + timedelta(days=1))
    capacity = await inventory.capacity(tx, workspace)
    return volume.make(subject, known, Room(capacity, kept.capacity, kept.scheduled))


async def _infrastructure(tx: Tx, subject: Subject, _entry: Entry) -> Made:
    return infrastructure.make(subject, await inventory.of(tx, subject.workspace))
