"""Deliveries that are processed together: reading them, and writing what they say in one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from bisonwatch.clients.bison.trim import trim
from bisonwatch.domain.changes import Changes
from bisonwatch.domain.clean import clean
from bisonwatch.domain.delivery import Bodies, Delivery, Effect
from bisonwatch.domain.event import UnknownEvent, subject_of
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.promptness import TEN_MINUTES, Promptness
from bisonwatch.domain.understood import Understood
from bisonwatch.errors import BisonwatchError, OwnFault, StoreError, UnreadableEvent
from bisonwatch.ingest.faults import Faults
from bisonwatch.ingest.fold import fold
from bisonwatch.ingest.understand import understand
from bisonwatch.retry import Steps
from bisonwatch.store import inbox, mirror, trimming
from bisonwatch.store.inbox import Done, Failure
from bisonwatch.store.tx import Tx

REASON = 500
STEP = 32
"""So many deliveries are understood in one go; then the loop may answer requests."""
AGAIN = Steps((2.0, 10.0, 60.0, 600.0, 3600.0))
"""What the database refuses may be our own fault or its schema's: over an hour, so that a cure in between loses nothing."""
REFUSED = "the database refused it"
FAULT = "a fault in bisonwatch"


@dataclass(slots=True)
class Batch:
    """What was understood, and what cannot be."""

    understood: list[Understood] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    canaries: list[Delivery] = field(default_factory=list)
    trimmed: dict[UUID, bytes | None] = field(default_factory=dict)
    """What is left of bodies that upkeep will not come by again; None: nothing."""

    def __len__(self) -> int:
        return len(self.understood) + len(self.failures) + len(self.canaries)

    @property
    def ids(self) -> list[UUID]:
        return [
            *(item.delivery.id for item in self.understood),
            *(item.id for item in self.failures),
            *(item.id for item in self.canaries),
        ]

    @property
    def set_aside(self) -> int:
        """How many become dead letters."""
        return sum(1 for item in self.failures if item.next_try_at is None)

    @property
    def homes(self) -> dict[UUID, WorkspaceKey | None]:
        """The workspace that each is about; None where nothing tells."""
        return {
            **{item.delivery.id: item.workspace for item in self.understood},
            **dict.fromkeys((item.id for item in self.failures), None),
            **{item.id: _home(item) for item in self.canaries},
        }

    def halves(self) -> tuple[Batch, Batch]:
        """By workspace: what ails one of them is found in few steps, and the others are soon by themselves."""
        homes = self.homes
        ids = sorted(homes, key=lambda id: homes[id] or ("", 0))
        middle = len(ids) // 2
        return self.only(frozenset(ids[:middle])), self.only(frozenset(ids[middle:]))

    def only(self, ids: frozenset[UUID]) -> Batch:
        return Batch(
            [item for item in self.understood if item.delivery.id in ids],
            [item for item in self.failures if item.id in ids],
            [item for item in self.canaries if item.id in ids],
            self.trimmed,
        )


@dataclass(frozen=True, slots=True)
class Applied:
    """What this node really wrote; another node may have been quicker with some of it."""

    batch: Batch
    names: Mapping[WorkspaceKey, str]
    hints: bool


async def apply(
    tx: Tx,
    batch: Batch,
    changes: Changes,
    now: datetime,
    patience: timedelta = inbox.PATIENCE,
    promptness: Promptness = TEN_MINUTES,
) -> Applied:
    """The mirror and the marks in the log, together. `changes` are the batch's, folded; only what is claimed here is written."""
    ours = await inbox.claim(tx, batch.ids, patience)
    if len(ours) < len(batch.ids):
        batch = batch.only(ours)
        changes = fold(batch.understood)
    written = await mirror.write(tx, changes, now, promptness)
    done = [_done(item, item.delivery.id in written.news_from) for item in batch.understood]
    await inbox.finish(tx, [*done, *(_proof(delivery) for delivery in batch.canaries)], now)
    if batch.trimmed:
        finished = {item.id for item in done}
        await trimming.write(tx, {id: left for id, left in batch.trimmed.items() if id in finished})
    await inbox.fail(tx, batch.failures, now)
    return Applied(batch, written.names, bool(changes.hints))


async def read(deliveries: Sequence[Delivery], now: datetime, bodies: Bodies, faults: Faults) -> Batch:
    """`bodies`: how much of them is kept once they are done; `faults` are told our own."""
    batch = Batch()
    for number, delivery in enumerate(deliveries):
        if number % STEP == 0:
            await asyncio.sleep(0)
        if delivery.canary is not None:
            batch.canaries.append(delivery)
            continue
        try:
            _read(delivery, now, bodies, batch, faults)
        except UnreadableEvent as error:
            reason = clean(str(error), REASON)
            batch.failures.append(Failure(delivery.id, reason, delivery.attempts + 1, None))
        except OwnFault as fault:
            batch.failures.append(failure(delivery, fault, now))
    return batch


def _read(delivery: Delivery, now: datetime, bodies: Bodies, batch: Batch, faults: Faults) -> None:
    try:
        understood = understand(delivery)
        if bodies is not Bodies.FULL and now - delivery.received_at > trimming.LATE:
            _trim(delivery, bodies, batch)
        batch.understood.append(understood)
    except UnreadableEvent:
        raise
    except Exception as error:
        raise faults.met(delivery.id, error) from error


def _trim(delivery: Delivery, bodies: Bodies, batch: Batch) -> None:
    left = None if bodies is Bodies.NONE else trim(delivery.body)
    if left is not None or bodies is Bodies.NONE:
        batch.trimmed[delivery.id] = left


def _home(delivery: Delivery) -> WorkspaceKey | None:
    return None if delivery.workspace_id is None else WorkspaceKey(delivery.instance, delivery.workspace_id)


def failure(delivery: Delivery, error: BisonwatchError, now: datetime) -> Failure:
    """What could not be processed waits longer each time, and is set aside when the waits are used up."""
    attempts = delivery.attempts + 1
    wait = AGAIN.wait(attempts)
    again = None if wait is None else now + timedelta(seconds=wait)
    return Failure(delivery.id, reason_of(error), attempts, again)


def reason_of(error: BisonwatchError) -> str:
    """What happened, a colon, and the particulars: reasons are grouped by what stands before it."""
    return clean(f"{FAULT if isinstance(error, OwnFault) else REFUSED}: {particulars(error)}", REASON)


def particulars(error: BisonwatchError) -> str:
    """Without where our database is, which says nothing about the delivery."""
    return error.said if isinstance(error, StoreError) and error.said else str(error)


def blamed(batch: Batch, error: BisonwatchError, now: datetime) -> list[Failure]:
    """What becomes of a delivery that failed alone."""
    tried = [item.delivery for item in batch.understood] + batch.canaries
    unread = [replace(item, reason=reason_of(error)) for item in batch.failures]
    return [*(failure(delivery, error, now) for delivery in tried), *unread]


def _done(item: Understood, brought_news: bool) -> Done:
    if isinstance(item.event, UnknownEvent):
        effect = Effect.UNKNOWN
    else:
        effect = Effect.APPLIED if brought_news or not item.facts else Effect.DUPLICATE
    return Done(item.delivery.id, item.workspace.id, item.event.header.type, effect, subject_of(item.event))


def _proof(delivery: Delivery) -> Done:
    """A canary is recorded as proof that the whole way works, and never applied."""
    return Done(
        delivery.id, delivery.workspace_id, delivery.type or "canary", Effect.CANARY, delivery.canary or ""
    )
