"""Writes the event log: ids, uuids, bodies, and the witness beside them."""

from __future__ import annotations

import uuid
from collections import Counter, deque
from datetime import datetime, timedelta
from itertools import takewhile
from random import Random

import orjson

from bisonwatch.domain.metric import Metric
from bisonwatch.domain.stage import Marks
from bisonwatch.simulator.faults import FaultSwitch
from bisonwatch.simulator.moments import utc_again, whole
from bisonwatch.simulator.payloads import Block, event_block
from bisonwatch.simulator.records import LoggedEvent, Send, Tally, Workspace
from bisonwatch.simulator.truth import Witness

LOG_DAYS = 10


class Scribe:
    """One per world. `fresh` holds what no webhook worker has taken yet."""

    def __init__(self, rng: Random, url: str, log_rows: int) -> None:
        self.rng = rng
        self.url = url
        self.switch = FaultSwitch()
        self.fresh: deque[LoggedEvent] = deque(maxlen=log_rows)
        self.witnesses: dict[int, Witness] = {}
        self.logged = 0
        self._order: deque[tuple[datetime, Workspace]] = deque()
        self._places: dict[int, Workspace] = {}
        self._log_rows = log_rows
        self._slack = log_rows // 50
        self._ids: Counter[str] = Counter(
            event=88_120_000,
            campaign_event=99_181_000,
            send=55_210_000,
            reply=3_400_000,
            lead=870_000,
            account=3_300,
            campaign=613,
            step=7_300,
            tag=8,
            delivery=770_000,
            attempt=990_000,
            subscription=100,
            entry=40,
            token=1_000,
        )

    def next_id(self, kind: str) -> int:
        """Ids are unique in the instance and only grow."""
        self._ids[kind] += 1
        return self._ids[kind]

    def count_from(self, kind: str, number: int) -> None:
        """The next id of that kind is larger than `number`."""
        self._ids[kind] = max(self._ids[kind], number)

    def uuid(self) -> str:
        return str(uuid.UUID(int=self.rng.getrandbits(128), version=4))

    def log(self, workspace: Workspace, kind: str, data: Block, at: datetime) -> LoggedEvent:
        """Append one event; its body is serialised here, once, for the log and for every webhook."""
        if self.switch.forms.local_digits == "utc":
            data = {
                name: utc_again(block) if isinstance(block, dict) else block for name, block in data.items()
            }
        header = event_block(kind, self.url, workspace.id, workspace.name)
        body = bytes(
            memoryview(orjson.dumps({"event": header, "data": data}))
        )  # orjson's own holds 8 kB each
        event = LoggedEvent(self.next_id("event"), self.uuid(), workspace.id, kind, body, at)
        workspace.log.add(event)
        self._order.append((at, workspace))
        self._places[workspace.id] = workspace
        self.fresh.append(event)
        self.logged += 1
        if len(self._order) > self._log_rows + self._slack:
            self.forget(len(self._order) - self._log_rows)
        return event

    def forget(self, count: int) -> None:
        """The oldest rows leave the log, those of one workspace in one go."""
        leaving = Counter(self._order.popleft()[1].id for _ in range(min(count, len(self._order))))
        for workspace_id, rows in leaving.items():
            self._places[workspace_id].log.drop_oldest(rows)

    def forget_before(self, now: datetime) -> None:
        """The log keeps ten days."""
        edge = now - timedelta(days=LOG_DAYS)
        self.forget(sum(1 for _ in takewhile(lambda row: row[0] < edge, self._order)))

    def received(self, at: datetime) -> datetime:
        """When the mailbox got a mail that the provider learns of at `at`."""
        lag = self.switch.delays.sync
        return whole(at - timedelta(seconds=self.rng.uniform(0, lag))) if lag else at

    def day(self, send: Send, at: datetime) -> Tally:
        """The campaign's day on which an outcome is counted: that of the event, or that of the message."""
        on_send = self.switch.delays.revised_day == "send"
        return send.campaign.day((send.sent_at or at).date() if on_send else at.date())

    def count(self, workspace: Workspace, metric: Metric, at: datetime) -> None:
        self.witnesses[workspace.id].count(metric, at)

    def mark(self, workspace: Workspace, email: str, marks: Marks) -> None:
        self.witnesses[workspace.id].mark(email, marks)
