"""What one row of the event log proves, and whether a webhook has told it already."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import orjson

from bisonwatch.clients.bison import translate
from bisonwatch.clients.bison.canonical import content_hash
from bisonwatch.clients.bison.wire import LogRow
from bisonwatch.domain.delivery import Delivery, Source
from bisonwatch.domain.facts import FactKey, facts_of
from bisonwatch.domain.ids import WorkspaceKey, polled_delivery_id

SKEW = timedelta(seconds=30)
"""A webhook may seem to come this much before its own log row: two clocks, and whole seconds."""

Heard = Mapping[bytes, Sequence[datetime]]
"""When webhooks came, by the hash of what they said."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A row of the log: the facts it states (none for events that set a state, and for unknown ones) and its fingerprint."""

    id: UUID
    workspace: WorkspaceKey
    type: str
    facts: frozenset[FactKey]
    content_hash: bytes
    logged_at: datetime
    payload: Mapping[str, object]

    def delivery(self, received_at: datetime) -> Delivery:
        """The row as the inbox takes it; the same row always has the same id."""
        return Delivery(
            id=self.id,
            instance=self.workspace.instance,
            workspace_id=self.workspace.id,
            type=self.type,
            source=Source.POLL,
            received_at=received_at,
            body=orjson.dumps(self.payload),
            content_hash=self.content_hash,
            logged_at=self.logged_at,
        )


def read(row: LogRow, workspace: WorkspaceKey, now: datetime) -> Seen:
    """Raises UnreadableEvent for a payload that no webhook could have brought either."""
    event = translate.event(row.payload, instance=workspace.instance, workspace_id=workspace.id)
    digest = content_hash(row.payload)
    facts = facts_of(event, content_hash=digest, logged_at=row.created_at, received_at=now)
    return Seen(
        id=polled_delivery_id(workspace.instance, row.uuid),
        workspace=event.header.workspace,
        type=event.header.type,
        facts=frozenset(fact.id for fact in facts),
        content_hash=digest,
        logged_at=row.created_at,
        payload=row.payload,
    )


class Judge:
    """Decides for the rows of one walk, newest first, which ones no door has brought.

    A fact is there or it is not. Events that set a state look alike, so each row is matched with a webhook of its own.
    """

    def __init__(self, in_time: timedelta) -> None:
        self._in_time = in_time
        self._used: dict[bytes, list[datetime]] = {}

    def missing(
        self, rows: Iterable[Seen], known: frozenset[FactKey], heard: Heard, polled: frozenset[UUID]
    ) -> list[Seen]:
        """Rows to be applied: `known` facts are in the mirror, `polled` rows were put into the inbox by an earlier walk."""
        found, claimed = [], set(known)
        for row in rows:
            if row.facts <= claimed if row.facts else self._matched(row, heard):
                continue
            claimed |= row.facts
            if row.id not in polled and not (row.facts and _waits(row, heard)):
                found.append(row)
        return found

    def _matched(self, row: Seen, heard: Heard) -> bool:
        """Takes the latest webhook in time that no newer row has taken."""
        times = heard.get(row.content_hash, ())
        used = self._used.setdefault(row.content_hash, [])
        first, last = row.logged_at - SKEW, row.logged_at + self._in_time
        for at in sorted(times, reverse=True):
            if first <= at <= last and times.count(at) > used.count(at):
                used.append(at)
                return True
        return False


def _waits(row: Seen, heard: Heard) -> bool:
    """A webhook brought the fact, and the processor has not come to it yet."""
    return any(at >= row.logged_at - SKEW for at in heard.get(row.content_hash, ()))
