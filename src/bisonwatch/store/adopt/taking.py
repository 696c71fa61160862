"""One walk over the older leads, part by part: what would be taken, or taking it. Doing it twice takes nothing the second time."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import bindparam, select, tuple_, update

from bisonwatch.domain.adoption import Match, OldLead, Ours, Verdict, is_persons, judge, marks_of
from bisonwatch.domain.doubles import merged
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.stage import Author, automatic
from bisonwatch.store import workspaces
from bisonwatch.store.adopt.gathering import Gathering, LeadKey, several
from bisonwatch.store.adopt.old import PART, Old
from bisonwatch.store.adopt.tally import Dispute, Sample, Tally
from bisonwatch.store.database import Database
from bisonwatch.store.lanes import Lane
from bisonwatch.store.tables import client_leads
from bisonwatch.store.tx import Tx

_LOWEST_RANK = -1
"""Whatever the provider says of the lead at the same moment is newer."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
c = client_leads.c


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
    tally, gathering = Tally(), Gathering(await several(old, keys))
    async for part in old.leads():
        mine: dict[LeadKey, Sequence[OldLead]] = {}
        for lead in part:
            if lead is None:
                tally.unreadable += 1
            elif lead.workspace_name not in keys:
                tally.skipped += 1
            else:
                key = keys[lead.workspace_name], lead.email
                mine |= {key: rows} if (rows := gathering.meet(key, lead)) else {}
        await _step(database, mine, also, tally, take=take)
        told(tally.seen)
    rest = list(gathering.rest().items())
    for start in range(0, len(rest), PART):
        await _step(database, dict(rest[start : start + PART]), also, tally, take=take)
    told(tally.seen)
    return tally


async def _step(
    database: Database,
    rows: Mapping[LeadKey, Sequence[OldLead]],
    also: Collection[str],
    tally: Tally,
    *,
    take: bool,
) -> None:
    """Some leads, each of all its rows."""
    leads = {key: _one(key, mine, also, tally) for key, mine in rows.items()}
    if leads and take:
        async with database.write(Lane.JOBS) as tx:
            await _write(tx, await _judged(tx, leads, also, tally), also, database.clock.now())
    elif leads:
        async with database.read() as tx:
            await _judged(tx, leads, also, tally)


def _one(key: LeadKey, rows: Sequence[OldLead], also: Collection[str], tally: Tally) -> OldLead:
    found = merged(rows, also)
    tally.merged += len(rows) - 1
    for row in rows:
        tally.unread.update(row.unread)
    if found.beaten:
        tally.dispute(Dispute(*key, found.lead.stage, found.beaten))
    return found.lead


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
