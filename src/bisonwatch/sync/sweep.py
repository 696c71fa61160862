"""After a complete walk: accounts it did not meet are asked for by id, and removed on a 404 only."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime
from enum import Enum, auto

from bisonwatch.clients.bison.client import BisonClient
from bisonwatch.domain.absence import RULE, Absence, Verdict, judge
from bisonwatch.domain.account import Account
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.errors import (
    ProviderError,
    ProviderUnreachable,
    RecordElsewhere,
    RecordMissing,
    RequestRefused,
    RouteMissing,
)
from bisonwatch.health.rules import held
from bisonwatch.store import account_walks, accounts, transitions
from bisonwatch.store.accounts import Labelled
from bisonwatch.store.database import Database
from bisonwatch.store.lanes import Lane
from bisonwatch.store.tx import Tx
from bisonwatch.sync.labels import Labels
from bisonwatch.sync.meter import Meter

DROP = 0.10
PATIENCE = 3
"""After so many questions in a row without an answer the provider is away, and the rest waits."""

log = logging.getLogger(__name__)


class _Told(Enum):
    THERE = auto()
    GONE = auto()
    ELSEWHERE = auto()
    NOTHING = auto()


class Sweep:
    """`drop` is the share of a workspace's accounts that may go at once without a second walk, or a person, that agrees."""

    def __init__(self, database: Database, labels: Labels, drop: float = DROP) -> None:
        self._database = database
        self._labels = labels
        self._drop = drop

    async def run(
        self,
        workspace: WorkspaceKey,
        client: BisonClient,
        met: set[int],
        began: datetime,
        started: datetime,
        meter: Meter,
    ) -> None:
        """`began` is in the provider's clock, `started` the same moment in ours. Raises ProviderError, StopAsked; what was held stays held."""
        verdict, word = await self._judge(workspace, met, began, started)
        told, problem = dict[int, _Told](), None
        try:
            for account_id in sorted(verdict.ask):
                told[account_id] = await self._ask(
                    workspace, client, account_id, began, confirmed=word is not None
                )
                meter.removed += told[account_id] is _Told.GONE
                _patient(told.values())
                await meter.report()
        except ProviderError as error:
            problem = error
        await self._settle(workspace, told, word, started, meter, finished=problem is None)
        if problem is not None:
            raise problem

    async def _judge(
        self, workspace: WorkspaceKey, met: set[int], began: datetime, started: datetime
    ) -> tuple[Verdict, datetime | None]:
        """What is held is in the database before anything is asked. Beside it: when a person gave the word, if one did."""
        now = self._database.clock.now()
        async with self._database.write(Lane.JOBS) as tx:
            known = (await account_walks.lock(tx, workspace)).absence
            absent = frozenset(await accounts.unseen(tx, workspace, began)) - met
            stored = await accounts.count(tx, workspace)
            verdict = judge(absent, stored, known, started, now, self._drop)
            await account_walks.set_absence(tx, workspace, verdict.after)
            await _turn(tx, workspace, known, verdict.after, now)
        if verdict.new:
            held = len(verdict.after.held)
            log.warning(
                "%s: %d of %d accounts were not met by a complete walk: held until the next one agrees, or a person does",
                workspace,
                held,
                stored,
            )
        return verdict, known.confirmed_at

    async def _ask(
        self,
        workspace: WorkspaceKey,
        client: BisonClient,
        account_id: int,
        began: datetime,
        *,
        confirmed: bool,
    ) -> _Told:
        try:
            account = await client.accounts.one(account_id, workspace)
        except RecordMissing as missing:
            return await self._gone(workspace, account_id, missing.known_at or began)
        except RecordElsewhere:
            return await self._gone(workspace, account_id, began) if confirmed else _Told.ELSEWHERE
        except (ProviderUnreachable, RequestRefused, RouteMissing) as problem:
            log.warning("%s: account %d was not met and cannot be asked: %s", workspace, account_id, problem)
            return _Told.NOTHING
        await self._there(account)
        return _Told.THERE

    async def _gone(self, workspace: WorkspaceKey, account_id: int, at: datetime) -> _Told:
        async with self._database.write(Lane.JOBS) as tx:
            removed = await accounts.gone(tx, workspace, account_id, at)
        return _Told.GONE if removed else _Told.THERE

    async def _there(self, account: Account) -> None:
        labelled: list[Labelled] = [self._labels.of(account)]
        async with self._database.write(Lane.JOBS) as tx:
            await accounts.write(tx, labelled)

    async def _settle(
        self,
        workspace: WorkspaceKey,
        told: dict[int, _Told],
        word: datetime | None,
        started: datetime,
        meter: Meter,
        *,
        finished: bool,
    ) -> None:
        answered = frozenset(number for number, what in told.items() if what is not _Told.NOTHING)
        refused = frozenset(number for number, what in told.items() if what is _Told.ELSEWHERE)
        async with self._database.write(Lane.JOBS) as tx:
            known = (await account_walks.lock(tx, workspace)).absence
            elsewhere = (known.elsewhere - answered) | refused
            left = known.settled(answered, elsewhere, word if finished else None)
            await account_walks.set_absence(tx, workspace, left)
            await _turn(tx, workspace, known, left, self._database.clock.now())
            if finished:
                await account_walks.swept(tx, workspace, started)
        for number in sorted(refused - known.elsewhere):
            log.warning("%s: account %d is another workspace's by now", workspace, number)
        if left.waiting:
            meter.note(f"{workspace}: {left}")


async def _turn(tx: Tx, workspace: WorkspaceKey, before: Absence, after: Absence, now: datetime) -> None:
    """A hold that begins or ends is a change of state, from which alerts are made; here with what is held, in one transaction."""
    was, finding = held.judge(before), held.judge(after)
    if was.health is not finding.health:
        await transitions.change(tx, workspace, finding, now, RULE)
    elif finding.health.alarming and was.reason != finding.reason:
        await transitions.reword(tx, workspace, finding.reason, RULE)


def _patient(told: Iterable[_Told]) -> None:
    """Raises ProviderUnreachable when the last few questions all came to nothing."""
    last = list(told)[-PATIENCE:]
    if len(last) == PATIENCE and all(what is _Told.NOTHING for what in last):
        raise ProviderUnreachable("accounts cannot be asked for; the sweep goes on after the next walk")
