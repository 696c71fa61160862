"""`client_leads`: dated upserts that never lose a person's stage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select, tuple_, update

from bisonwatch.domain.changes import LeadNews
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.stage import Author, Marks, Stage, automatic
from bisonwatch.store.batch import Batch
from bisonwatch.store.dialect import Dialect, Upsert
from bisonwatch.store.sieve import Columns, Sieve
from bisonwatch.store.tables import client_leads
from bisonwatch.store.tx import AnyRow, Tx

c = client_leads.c
_KEY = (c.instance, c.workspace_id, c.lead_email)
_DESCRIPTION = ("lead_id", "first_name", "last_name", "company", "title", "phone", "state", "status")
_VERSION = ("known_at", "known_rank", "known_sequence")
_SIEVE = Sieve((c.lead_email,))
_MARKS = ("contacted_at", "replied_at", "interested_at", "bounced_at", "unsubscribed_at")


@dataclass(frozen=True, slots=True)
class StoredLead:
    """One lead, as the API shows it."""

    workspace: WorkspaceKey
    id: int | None
    email: str
    first_name: str | None
    last_name: str | None
    company: str | None
    pipeline_stage: str
    stage_author: str
    marks: Marks


def values_of(news: LeadNews, workspace_name: str, now: datetime) -> dict[str, Any]:
    """One row to insert; the upsert decides what of it is taken."""
    lead, marks = news.lead, news.marks
    stage = automatic(marks).value
    variables = {name.casefold(): value for name, value in lead.variables}
    return {
        "instance": news.workspace.instance,
        "workspace_id": news.workspace.id,
        "lead_email": lead.email,
        "workspace_name": workspace_name,
        "lead_id": lead.id,
        "first_name": lead.first_name,
        "last_name": lead.last_name,
        "company": lead.company,
        "title": lead.title,
        "phone": variables.get("phone"),
        "state": variables.get("state"),
        "status": lead.status,
        "pipeline_stage": stage,
        "stage_author": Author.AUTO.value,
        "auto_stage": stage,
        **{name: getattr(marks, name) for name in _MARKS},
        "campaign_id": news.contact.campaign_id if news.contact else None,
        "sender_email_id": news.contact.account_id if news.contact else None,
        "contact_known_at": news.contact.version.known_at if news.contact else None,
        "contact_sequence": news.contact.version.sequence if news.contact else None,
        "reply_id": news.answer.reply_id if news.answer else None,
        "date_received": news.answer.version.known_at if news.answer else None,
        "known_at": news.version.known_at,
        "known_rank": int(news.version.rank),
        "known_sequence": news.version.sequence,
        "updated_at": now,
    }


def upsert(dialect: Dialect) -> Upsert:
    """The one statement that writes leads: newer description, earlier marks, newer contact and answer, automatic stage."""
    insert = dialect.insert(client_leads)
    new = insert.excluded
    newer = tuple_(*(new[name] for name in _VERSION)) >= tuple_(*(c[name] for name in _VERSION))
    marks = {name: _earlier(c[name], new[name]) for name in _MARKS}
    stage = _stage(marks)
    met = _newer_pair(("contact_known_at", "contact_sequence"), new)
    answered = _newer_pair(("date_received", "reply_id"), new)
    person = c.stage_author == Author.PERSON.value
    return insert.on_conflict_do_update(
        index_elements=_KEY,
        set_={
            **{name: case((newer, new[name]), else_=c[name]) for name in (*_DESCRIPTION, *_VERSION)},
            **marks,
            **{
                name: case((met, new[name]), else_=c[name])
                for name in ("campaign_id", "sender_email_id", "contact_known_at", "contact_sequence")
            },
            **{name: case((answered, new[name]), else_=c[name]) for name in ("reply_id", "date_received")},
            "auto_stage": stage,
            "pipeline_stage": case((person, c.pipeline_stage), else_=stage),
            "updated_at": new.updated_at,
        },
    )


_WRITE = Batch(upsert)


def _earlier(old: ColumnElement[Any], new: ColumnElement[Any]) -> ColumnElement[Any]:
    return case((old.is_(None), new), (and_(new.is_not(None), new < old), new), else_=old)


def _newer_pair(names: tuple[str, str], new: Any) -> ColumnElement[bool]:
    at, sequence = names
    beats = tuple_(new[at], new[sequence]) >= tuple_(c[at], c[sequence])
    return and_(new[at].is_not(None), or_(c[at].is_(None), beats))


def _stage(marks: Mapping[str, ColumnElement[Any]]) -> ColumnElement[Any]:
    """`domain.stage.automatic`, in SQL; a test holds the two together."""
    bounced, gone = marks["bounced_at"], marks["unsubscribed_at"]
    return case(
        (marks["interested_at"].is_not(None), literal(Stage.INTERESTED.value)),
        (and_(bounced.is_not(None), or_(gone.is_(None), bounced <= gone)), literal(Stage.BOUNCED.value)),
        (gone.is_not(None), literal(Stage.UNSUBSCRIBED.value)),
        (marks["replied_at"].is_not(None), literal(Stage.REPLIED.value)),
        (marks["contacted_at"].is_not(None), literal(Stage.CONTACTED.value)),
        else_=literal(Stage.NEW.value),
    )


async def write(tx: Tx, news: Sequence[LeadNews], names: Mapping[WorkspaceKey, str], now: datetime) -> None:
    """Upsert a folded, sorted batch: each lead once."""
    await _WRITE.run(tx, [values_of(item, names[item.workspace], now) for item in news])


async def set_stage(
    tx: Tx, workspace: WorkspaceKey, email: str, stage: str | None, now: datetime | None = None
) -> bool:
    """A person's word: it stays until a person changes it; None hands the lead back to the automatic stage."""
    author = Author.AUTO if stage is None else Author.PERSON
    mine = _of(workspace, c.lead_email == email)
    values: dict[str, Any] = {
        "pipeline_stage": func.coalesce(literal(stage), c.auto_stage),
        "stage_author": author.value,
        "updated_at": c.updated_at if now is None else literal(now, c.updated_at.type),
    }
    return await tx.run(update(client_leads).where(mine).values(**values)) == 1


def _of(workspace: WorkspaceKey, *more: ColumnElement[bool]) -> ColumnElement[bool]:
    return and_(c.instance == workspace.instance, c.workspace_id == workspace.id, *more)


_SHOWN = (
    c.instance,
    c.workspace_id,
    c.lead_id,
    c.lead_email,
    c.first_name,
    c.last_name,
    c.company,
    c.pipeline_stage,
    c.stage_author,
)


async def page(tx: Tx, workspace: WorkspaceKey, after: str | None, limit: int) -> list[StoredLead]:
    """Leads by address, after the one given."""
    mine = _of(workspace) if after is None else _of(workspace, c.lead_email > after)
    statement = select(*_SHOWN, *(c[name] for name in _MARKS)).where(mine).order_by(c.lead_email).limit(limit)
    return [_lead(row) for row in await tx.rows(statement)]


async def search(
    tx: Tx,
    workspace: WorkspaceKey,
    after: str | None,
    limit: int,
    *,
    stage: str | None = None,
    since: datetime | None = None,
) -> tuple[list[StoredLead], str | None]:
    """Leads by address that stand so, and were written since; after which address to go on, None: that was the end."""

    def wanted(some: Columns) -> list[ColumnElement[bool]]:
        tests = [] if stage is None else [some.pipeline_stage == stage]
        return tests if since is None else [*tests, some.updated_at >= since]

    mine = _of(workspace) if after is None else _of(workspace, c.lead_email > after)
    window = select(*_SHOWN, c.updated_at, *(c[name] for name in _MARKS)).where(mine)
    rows, last = await _SIEVE.page(tx, window, wanted, limit)
    return [_lead(row) for row in rows], last.lead_email if last else None


async def called(tx: Tx, workspace: WorkspaceKey, word: str) -> StoredLead | None:
    """The lead with that address, or with that id; where an address changed, two may have one: the one last heard of."""
    if word.isascii() and word.isdigit() and len(word) <= 18:
        mine = _of(workspace, c.lead_id == int(word))
        found = (
            select(*_SHOWN, *(c[name] for name in _MARKS)).where(mine).order_by(c.known_at.desc()).limit(1)
        )
        row = await tx.row(found)
        return _lead(row) if row else None
    return await get(tx, workspace, word.casefold())


async def get(tx: Tx, workspace: WorkspaceKey, email: str) -> StoredLead | None:
    statement = select(*_SHOWN, *(c[name] for name in _MARKS)).where(_of(workspace, c.lead_email == email))
    row = await tx.row(statement)
    return _lead(row) if row else None


def _lead(row: AnyRow) -> StoredLead:
    return StoredLead(
        workspace=WorkspaceKey(row.instance, row.workspace_id),
        id=row.lead_id,
        email=row.lead_email,
        first_name=row.first_name,
        last_name=row.last_name,
        company=row.company,
        pipeline_stage=row.pipeline_stage or Stage.NEW.value,
        stage_author=row.stage_author,
        marks=Marks(**{name: getattr(row, name) for name in _MARKS}),
    )


async def count(tx: Tx, workspace: WorkspaceKey) -> int:
    return await tx.value(select(func.count()).select_from(client_leads).where(_of(workspace))) or 0
