"""Campaigns: their names, as events mention them and reads tell them, and what only reads tell. Unchanged rows are not written.

A name has the version that all news has; the rest of a row has `read_at`. A row that says what is known already is not touched, so its
`read_at` may be old: how new the knowledge is tells the cursor `campaigns`, the moment the last complete walk began.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from hashlib import blake2b
from typing import Any

from sqlalchemy import and_, case, func, or_, select, tuple_, update

from bisonwatch.domain.campaign import Campaign
from bisonwatch.domain.changes import CampaignNews
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.merge import SourceRank
from bisonwatch.store import cursors
from bisonwatch.store.accounts import Written
from bisonwatch.store.batch import Batch
from bisonwatch.store.cursors import Cursor
from bisonwatch.store.dialect import Dialect, Upsert
from bisonwatch.store.tables import campaigns
from bisonwatch.store.tx import Tx
from bisonwatch.store.types import Instant, microseconds

c = campaigns.c
STREAM = "campaigns"
_VERSION = ("known_at", "known_rank", "known_sequence")
_KEY = ("instance", "workspace_id", "id")
_NAMED = ("name", *_VERSION)
_READ = tuple(column.name for column in c if column.name not in (*_KEY, *_NAMED))
_TOMBSTONE = 2**63 - 1
"""In place of a removed campaign's hash: the greatest, so that a removal outranks every reading of the same moment."""


def _newer(new: Any, names: tuple[str, ...]) -> Any:
    return tuple_(*(new[name] for name in names)) >= tuple_(*(c[name] for name in names))


def _upsert(dialect: Dialect) -> Upsert:
    insert = dialect.insert(campaigns)
    newer = _newer(insert.excluded, _VERSION)
    values = {name: case((newer, insert.excluded[name]), else_=c[name]) for name in _NAMED}
    return insert.on_conflict_do_update(index_elements=[c[name] for name in _KEY], set_=values)


def _upsert_read(dialect: Dialect) -> Upsert:
    """Each half under its own guard."""
    insert = dialect.insert(campaigns)
    new = insert.excluded
    named, read = _newer(new, _VERSION), or_(c.read_at.is_(None), _newer(new, ("read_at", "row_hash")))
    values = {name: case((named, new[name]), else_=c[name]) for name in _NAMED}
    values |= {name: case((read, new[name]), else_=c[name]) for name in _READ}
    return insert.on_conflict_do_update(index_elements=[c[name] for name in _KEY], set_=values)


_WRITE, _WRITE_READ = Batch(_upsert), Batch(_upsert_read)


async def write(tx: Tx, news: Sequence[CampaignNews]) -> None:
    """Upsert a folded batch of names under the version guard."""
    await _WRITE.run(
        tx,
        [
            {
                "instance": item.workspace.instance,
                "workspace_id": item.workspace.id,
                "id": item.id,
                "name": item.name,
                "known_at": item.version.known_at,
                "known_rank": int(item.version.rank),
                "known_sequence": item.version.sequence,
            }
            for item in news
        ],
    )


def _values(item: Campaign) -> dict[str, Any]:
    told: dict[str, Any] = asdict(item)
    name, read_at = told.pop("name"), told.pop("read_at")
    del told["workspace"]
    told["tags"] = list(item.tags)
    digest = blake2b(repr(sorted(told.items())).encode(), digest_size=8).digest()
    return told | {
        "instance": item.workspace.instance,
        "workspace_id": item.workspace.id,
        "name": name,
        "known_at": read_at,
        "known_rank": int(SourceRank.READ),
        "known_sequence": item.id,
        "read_at": read_at,
        "gone_at": None,
        "row_hash": int.from_bytes(digest, "big", signed=True),
    }


async def read(tx: Tx, workspace: WorkspaceKey, items: Sequence[Campaign]) -> Written:
    """Upsert a workspace's campaigns as read, each of them once; what is older than the last complete walk says nothing."""
    rows = [_values(item) for item in sorted(items, key=lambda item: item.id)]
    if not rows:
        return Written(0, 0)
    walked = await cursors.get(tx, workspace, STREAM)
    wanted = select(c.id, c.name, c.read_at, c.row_hash).where(
        _mine(workspace), c.id.in_([r["id"] for r in rows])
    )
    before = {row.id: row for row in await tx.rows(wanted)}
    late = None if walked is None else walked.position_at
    changed = [
        row
        for row in rows
        if (late is None or row["read_at"] >= late) and _differs(row, before.get(row["id"]))
    ]
    await _WRITE_READ.run(tx, changed)
    return Written(len(changed), len(rows) - len(changed))


def _differs(row: dict[str, Any], known: Any) -> bool:
    return known is None or (known.row_hash, known.name) != (row["row_hash"], row["name"])


def _mine(workspace: WorkspaceKey) -> Any:
    return and_(c.instance == workspace.instance, c.workspace_id == workspace.id)


async def walked(tx: Tx, workspace: WorkspaceKey, began: datetime, finished: datetime) -> None:
    """A complete walk that began then, in the provider's clock, has told of every campaign."""
    await cursors.move(tx, workspace, STREAM, Cursor(microseconds(began) or 0, began, finished))


async def unmet(tx: Tx, workspace: WorkspaceKey, met: set[int], before: datetime) -> list[int]:
    """Ids of campaigns that are there by our books, that a walk did not meet, and of which nothing was heard since it began."""
    there = select(c.id).where(_mine(workspace), c.gone_at.is_(None), c.known_at < before)
    return [row.id for row in await tx.rows(there.order_by(c.id)) if row.id not in met]


async def gone(tx: Tx, workspace: WorkspaceKey, campaign_id: int, known_at: datetime) -> bool:
    """The provider answered 404 for it: removed, softly, unless something newer is known."""
    alive = and_(_mine(workspace), c.id == campaign_id, c.gone_at.is_(None))
    older = or_(c.read_at.is_(None), c.read_at <= known_at)
    values = {"gone_at": known_at, "read_at": known_at, "row_hash": _TOMBSTONE}
    return await tx.run(update(campaigns).where(alive, older).values(**values)) == 1


async def counting_automated(tx: Tx, workspace: WorkspaceKey) -> dict[int, bool | None]:
    """Whether each campaign counts automated replies; None where no read has told."""
    rows = await tx.rows(select(c.id, c.include_auto_replies).where(_mine(workspace)))
    return {row.id: row.include_auto_replies for row in rows}


async def count(tx: Tx, workspace: WorkspaceKey) -> int:
    """Campaigns of a workspace that are there."""
    statement = select(func.count()).select_from(campaigns).where(_mine(workspace), c.gone_at.is_(None))
    return await tx.value(statement) or 0


async def first_made(tx: Tx, workspace: WorkspaceKey) -> datetime | None:
    """When the first campaign was made, of those we know, removed ones too: before, nothing can have been sent."""
    first: datetime | None = await tx.value(
        select(func.min(c.created_at, type_=Instant)).where(_mine(workspace))
    )
    return first
