"""One folded batch of changes, written in one transaction: facts once, then what only new facts may change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from bisonwatch.domain.changes import Changes, FactNews, Sighting
from bisonwatch.domain.delivery import Source
from bisonwatch.domain.facts import count_deltas
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.promptness import NEVER_DUE, NOBODY, TEN_MINUTES, Due, Ledger, Promptness, Retold, Slot
from bisonwatch.store import accounts, campaigns, counts, facts, hints, leads, traffic, watch, workspaces
from bisonwatch.store.facts import Added
from bisonwatch.store.tx import Tx


@dataclass(frozen=True, slots=True)
class Written:
    """The facts that are new, and those that had only been read; the display names of the workspaces they are about."""

    new: tuple[FactNews, ...]
    proven: tuple[FactNews, ...]
    names: Mapping[WorkspaceKey, str]

    @property
    def news_from(self) -> frozenset[UUID]:
        """Which deliveries brought something new."""
        return frozenset(news.delivery for news in self.new)


async def _names(tx: Tx, sightings: Sequence[Sighting], now: datetime) -> dict[WorkspaceKey, str]:
    """Display names as they are now, new ones taken; nothing more is asked where every name is known already."""
    keys = [sighting.workspace for sighting in sightings]
    known = await workspaces.names_to_change(tx, keys)
    if len(known) < len(keys):
        # one is new: we register it, unless somebody just did, and then hold it like any
        there = await workspaces.names(tx)
        for new in (sighting for sighting in sightings if sighting.workspace not in there):
            await workspaces.register(tx, new.workspace, new.name, new.name_known_at, now)
        known = await workspaces.names_to_change(tx, keys)
    names = {key: shown for key, (shown, _) in known.items()}
    for sighting in sightings:
        key, name = sighting.workspace, sighting.name
        if name not in (None, known[key][1]):
            names[key] = await workspaces.see(tx, key, name, sighting.name_known_at, now)
    return names


def _due(added: Added, ledger: Ledger) -> dict[Slot, Due]:
    """Of what webhooks were to bring. Most is new and was brought by one: that goes the short way."""
    for news in added.new:
        kind, workspace = news.fact.id.type, news.fact.id.workspace
        if kind in NEVER_DUE or news.source is Source.READ:
            continue
        if news.logged_at is None and news.source is Source.WEBHOOK:
            ledger.brought(workspace, news.seen_at)
        else:
            ledger.told([Retold(workspace, NOBODY, news.told)])
    ledger.told(added.retold)
    return ledger.slots()


async def write(tx: Tx, changes: Changes, now: datetime, promptness: Promptness = TEN_MINUTES) -> Written:
    """Apply a batch."""
    names = await _names(tx, changes.sightings, now)
    added = await facts.add(tx, changes.facts)
    await counts.add(tx, count_deltas((news.fact for news in added.new), added.moved))
    await leads.write(tx, changes.leads, names, now)
    await campaigns.write(tx, changes.campaigns)
    await hints.ask(tx, changes.hints, now)
    await accounts.say(tx, changes.accounts)
    await traffic.add(tx, changes.traffic, changes.types, _due(added, Ledger(promptness, now)))
    await watch.saw(tx, changes.sightings)
    return Written(added.new, added.proven, names)
