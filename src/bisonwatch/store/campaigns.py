"""Campaigns by name, as events mention them and reads tell them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import case, func, select, tuple_

from bisonwatch.domain.changes import CampaignNews
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.store.batch import Batch
from bisonwatch.store.dialect import Dialect, Upsert
from bisonwatch.store.tables import campaigns
from bisonwatch.store.tx import Tx

c = campaigns.c
_VERSION = ("known_at", "known_rank", "known_sequence")


def _upsert(dialect: Dialect) -> Upsert:
    insert = dialect.insert(campaigns)
    new = insert.excluded
    newer = tuple_(*(new[name] for name in _VERSION)) >= tuple_(*(c[name] for name in _VERSION))
    values = {name: case((newer, new[name]), else_=c[name]) for name in ("name", *_VERSION)}
    return insert.on_conflict_do_update(index_elements=[c.instance, c.workspace_id, c.id], set_=values)


_WRITE = Batch(_upsert)


async def write(tx: Tx, news: Sequence[CampaignNews]) -> None:
    """Upsert a folded batch under the version guard."""
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


async def count(tx: Tx, workspace: WorkspaceKey) -> int:
    """Campaigns of a workspace that are known."""
    mine = (c.instance == workspace.instance, c.workspace_id == workspace.id)
    return await tx.value(select(func.count()).select_from(campaigns).where(*mine)) or 0
