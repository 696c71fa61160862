"""One walk over the older leads, part by part: what would be taken, or taking it. Doing it twice takes nothing the second time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import and_, bindparam, select, tuple_, update

from bisonwatch.domain.adoption import Known, Match, OldLead, Ours, Verdict, is_persons, judge, marks_of
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.stage import Author, automatic
from bisonwatch.store import workspaces
from bisonwatch.store.adopt.old import Old
from bisonwatch.store.database import Database
from bisonwatch.store.lanes import Lane
from bisonwatch.store.tables import client_leads, client_registry
from bisonwatch.store.tx import Tx

SAMPLES = 5
"""How many of a kind are shown."""

_LOWEST_RANK = -1
"""Whatever the provider says of the lead at the same moment is newer."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
c, r = client_leads.c, client_registry.c
LeadKey = tuple[WorkspaceKey, str]


@dataclass(frozen=True, slots=True)
class Sample:
    """One lead that is taken over: its stage here before (None: unknown here), and the older one."""

    workspace: WorkspaceKey
    email: str
    ours: str | None
    theirs: str | None


@dataclass(slots=True)
class Tally:
    """What a walk met. `skipped` leads are of workspaces that were not matched; `unreadable` rows have no address."""

    verdicts: Counter[Verdict] = field(default_factory=Counter)
    skipped: int = 0
    unreadable: int = 0
    samples: dict[Verdict, list[Sample]] = field(default_factory=dict)

    @property
    def seen(self) -> int:
        return self.verdicts.total() + self.skipped + self.unreadable

    def add(self, verdict: Verdict, sample: Sample) -> None:
        self.verdicts[verdict] += 1
        kept = self.samples.setdefault(verdict, [])
        if len(kept) < SAMPLES:
            kept.append(sample)


@dataclass(frozen=True, slots=True)
class Target:
    """A KPI target that differs: taken where we have none."""

    workspace: WorkspaceKey
    name: str
    ours: int | None
    theirs: int

    @property
    def taken(self) -> bool:
        return self.ours is None


async def known(tx: Tx) -> list[Known]:
    """Our workspaces, by key."""
    statement = select(r.instance, r.workspace_id, r.workspace_name, r.provider_name, r.kpi_target)
    rows = await tx.rows(statement.order_by(r.instance, r.workspace_id))
    return [Known(WorkspaceKey(row[0], row[1]), *row[2:]) for row in rows]


def targets(matches: Sequence[Match], ours: Sequence[Known]) -> list[Target]:
    """Targets that differ from ours, one a workspace."""
    here = {item.key: item for item in ours}
    found: dict[WorkspaceKey, Target] = {}
    for match in matches:
        wanted = match.old.target
        if match.key in here and wanted and wanted < 2**31 and wanted != here[match.key].target:
            item = here[match.key]
            found.setdefault(item.key, Target(item.key, item.name, item.target, wanted))
    return list(found.values())


async def take_targets(database: Database, wanted: Sequence[Target]) -> None:
    """Only where there is none yet."""
    mine = and_(
        r.instance == bindparam("b_instance"), r.workspace_id == bindparam("b_id"), r.kpi_target.is_(None)
    )
    rows = [
        {"b_instance": item.workspace.instance, "b_id": item.workspace.id, "b_target": item.theirs}
        for item in wanted
        if item.taken
    ]
    if rows:
        async with database.write(Lane.JOBS) as tx:
            await tx.run(update(client_registry).where(mine).values(kpi_target=bindparam("b_target")), rows)


async def walk(
    old: Old,
    database: Database,
    matches: Sequence[Match],
    also: Collection[str] = (),
    *,
    take: bool,
    told: Callable[[int], None] = lambda _seen: None,
) -> Tally:
    """Judge every lead; `take`: write what is taken, each part in a transaction of its own. `told` hears how many were seen."""
    keys = {match.old.name: match.key for match in matches if match.key is not None}
    tally = Tally()
    async for part in old.leads():
        readable = [lead for lead in part if lead is not None]
        mine = {
            (keys[lead.workspace_name], lead.email): lead for lead in readable if lead.workspace_name in keys
        }
        tally.unreadable += len(part) - len(readable)
        tally.skipped += sum(lead.workspace_name not in keys for lead in readable)
        if mine and take:
            async with database.write(Lane.JOBS) as tx:
                await _write(tx, await _judged(tx, mine, also, tally), also, database.clock.now())
        elif mine:
            async with database.read() as tx:
                await _judged(tx, mine, also, tally)
        told(tally.seen)
    return tally


async def _judged(
    tx: Tx, leads: Mapping[LeadKey, OldLead], also: Collection[str], tally: Tally
) -> dict[LeadKey, tuple[OldLead, Verdict]]:
    ours = await _ours(tx, list(leads))
    found = {}
    for (workspace, email), lead in leads.items():
        here = ours.get((workspace, email))
        verdict = judge(lead.stage, here, also)
        tally.add(verdict, Sample(workspace, email, here.stage if here else None, lead.stage))
        found[workspace, email] = (lead, verdict)
    return found


async def _ours(tx: Tx, keys: Sequence[LeadKey]) -> dict[LeadKey, Ours]:
    wanted = tuple_(c.instance, c.workspace_id, c.lead_email).in_(
        [(key.instance, key.id, email) for key, email in keys]
    )
    rows = await tx.rows(
        select(c.instance, c.workspace_id, c.lead_email, c.pipeline_stage, c.stage_author).where(wanted)
    )
    return {(WorkspaceKey(row[0], row[1]), row[2]): Ours(row[3], Author(row[4])) for row in rows}


async def _write(
    tx: Tx, judged: Mapping[LeadKey, tuple[OldLead, Verdict]], also: Collection[str], now: datetime
) -> None:
    names = await workspaces.names_of(tx, list({key for key, _ in judged}))
    new = [
        _new(key, email, lead, names[key][0], also, now)
        for (key, email), (lead, verdict) in judged.items()
        if verdict is Verdict.NEW
    ]
    taken = [
        {"b_instance": key.instance, "b_id": key.id, "b_email": email, "b_stage": lead.stage}
        for (key, email), (lead, verdict) in judged.items()
        if verdict is Verdict.TAKEN
    ]
    if new:
        await tx.run(tx.dialect.insert(client_leads).on_conflict_do_nothing(), new)
    if taken:
        await tx.run(_TAKE, taken)


# The guard is in the statement: what a person sets here meanwhile stays.
_TAKE = (
    update(client_leads)
    .where(
        c.instance == bindparam("b_instance"),
        c.workspace_id == bindparam("b_id"),
        c.lead_email == bindparam("b_email"),
        c.stage_author == Author.AUTO.value,
    )
    .values(pipeline_stage=bindparam("b_stage"), stage_author=Author.PERSON.value)
)


def _new(
    key: WorkspaceKey, email: str, lead: OldLead, name: str, also: Collection[str], now: datetime
) -> dict[str, Any]:
    """A lead that is unknown here, with its old data and old date."""
    marks, person = marks_of(lead), is_persons(lead.stage, also)
    stage = automatic(marks).value
    return {
        "instance": key.instance,
        "workspace_id": key.id,
        "lead_email": email,
        "workspace_name": name,
        **lead.texts,
        **lead.numbers,
        "pipeline_stage": lead.stage if person else stage,
        "stage_author": (Author.PERSON if person else Author.AUTO).value,
        "auto_stage": stage,
        "contacted_at": marks.contacted_at,
        "replied_at": marks.replied_at,
        "interested_at": marks.interested_at,
        "bounced_at": marks.bounced_at,
        "unsubscribed_at": marks.unsubscribed_at,
        "date_received": lead.answered_at,
        "known_at": lead.at or _EPOCH,
        "known_rank": _LOWEST_RANK,
        "known_sequence": 0,
        "updated_at": now,
    }
