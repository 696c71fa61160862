"""What the event log says became of the provider's deliveries to us: read on the way by walks that look for what was missed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlsplit

from bisonwatch.clients.bison.pages import Page
from bisonwatch.clients.bison.wire import LogRow
from bisonwatch.domain import record
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.promptness import DAY
from bisonwatch.domain.record import Outcome
from bisonwatch.store import cursors, traffic
from bisonwatch.store.cursors import Cursor
from bisonwatch.store.tx import Tx
from bisonwatch.sync.plan import Tempo
from bisonwatch.sync.subscriptions import ours

STREAM = "deliveries"
"""Up to which date of the log the record was counted."""

Ours = Callable[[str, str], bool]
"""Whether an address is our listener's, for an instance."""


def leads_here(public_url: str | None, url: str, instance: str) -> bool:
    """Where the configuration does not say what address we have, the path that only our listener has tells."""
    try:
        if public_url is None:
            return f"/webhooks/{instance}/" in urlsplit(url).path
        return ours(url, public_url, instance)
    except ValueError:  # no address at all
        return False


def by_path(url: str, instance: str) -> bool:
    return leads_here(None, url, instance)


class RecordWalk:
    """Takes a walk's pages, and counts each event once: when it is old enough that a webhook would have been in time.

    A walk always goes deeper than that, so that none falls between two. What is still being tried then stays `late`.
    """

    def __init__(self, workspace: WorkspaceKey, since: datetime | None, tempo: Tempo, ours: Ours) -> None:
        self._workspace = workspace
        self._since = since
        self._tempo = tempo
        self._ours = ours
        self._until: datetime | None = None
        self._seen: list[tuple[datetime, Outcome]] = []

    def take(self, page: Page[LogRow]) -> None:
        if self._until is None:
            self._until = page.known_at - min(self._tempo.in_time, self._tempo.reach)
            self._since = max(self._since or self._until - DAY, self._until - DAY)
        for row in page.rows:
            if self._since is not None and self._since <= row.created_at < self._until:
                self._note(row)

    def _note(self, row: LogRow) -> None:
        here = [d for d in row.deliveries if self._ours(d.url, self._workspace.instance)]
        found = record.outcome((delivery.status, delivery.answers) for delivery in here)
        if found is not None:
            self._seen.append((row.created_at, found))

    async def write(self, tx: Tx, now: datetime) -> None:
        """In the transaction that ends the walk, after its cursor: of two walks at once the second counts what the first did not."""
        until = self._until
        if until is None:
            return
        mark = await cursors.get(tx, self._workspace, STREAM)
        wanted = (lambda at: True) if mark is None else (lambda at: at >= mark.position_at)
        slots = record.slots(self._seen, wanted, self._tempo.promptness)
        await traffic.recorded(tx, self._workspace, slots)
        end = Cursor(round(until.timestamp() * 1_000_000), until, now)
        await cursors.move(tx, self._workspace, STREAM, end)
