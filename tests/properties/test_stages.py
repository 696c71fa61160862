"""A person's stage survives everything; the automatic one is a function of dated facts, whatever the order and the door."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import count
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Update, update

from bisonwatch.clock import SystemClock
from bisonwatch.domain.changes import LeadNews, fold_leads
from bisonwatch.domain.event import Lead
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.merge import SourceRank, Version
from bisonwatch.domain.stage import Marks, Stage, automatic
from bisonwatch.store import copies, leads, tables, workspaces
from bisonwatch.store import copy as copying
from bisonwatch.store.database import Database
from bisonwatch.store.leads import StoredLead
from bisonwatch.store.place import Place
from bisonwatch.store.tx import Tx
from tests.support.news import NOON, at

_WORKSPACES = count(1000)
MARKS = ("contacted_at", "replied_at", "interested_at", "bounced_at", "unsubscribed_at")
EASY = settings(
    max_examples=25,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
MINUTES = st.integers(-3, 3)
NEWS = st.tuples(st.sampled_from((*MARKS, "read")), MINUTES)
"""A turn in the lead's life at a minute, or a read of it (a sync, a resync, a backfill)."""
WORDS = st.sampled_from(("qualified", "interested", "new", "closed", None))
SAYS = st.tuples(st.sampled_from(("command", "outside")), WORDS)
"""A person's word through us or straight into the table; None gives the lead back."""
STEPS = st.lists(NEWS | SAYS, max_size=12)


def news(key: WorkspaceKey, kind: str, minute: int) -> LeadNews:
    who = Lead(7, "palle@molar.example", f"Palle {minute}", None, None, None, None, ())
    if kind == "read":
        return LeadNews(key, who, Version(at(minute), SourceRank.READ, 7), Marks())
    return LeadNews(key, who, Version(at(minute), SourceRank.EVENT, 0), Marks(**{kind: at(minute)}))


def true_marks(told: Sequence[tuple[str, object]]) -> Marks:
    """The earliest of each turn, said without the product's own merge."""
    dates: dict[str, datetime] = {}
    for kind, minute in told:
        if kind in MARKS and isinstance(minute, int):
            dates[kind] = min(at(minute), dates.get(kind, at(minute)))
    return Marks(**dates)


async def apply(tx: Tx, key: WorkspaceKey, *told: LeadNews) -> None:
    name = await workspaces.see(tx, key, f"W{key.id}", NOON)
    await leads.write(tx, fold_leads(told), {key: name}, NOON)


async def the_lead(database: Database, key: WorkspaceKey) -> StoredLead:
    async with database.read() as tx:
        found = await leads.get(tx, key, "palle@molar.example")
    assert found is not None
    return found


def said_outside(key: WorkspaceKey, word: str | None) -> Update:
    c = tables.client_leads.c
    mine = (c.instance == key.instance) & (c.workspace_id == key.id)
    return update(tables.client_leads).where(mine).values(pipeline_stage=word)


def expected(word: str | None, told: Sequence[tuple[str, object]]) -> tuple[str, str]:
    if word is not None:
        return word, "person"
    return automatic(true_marks(told)).value, "auto"


@EASY
@given(told=st.lists(NEWS, min_size=1, max_size=8), data=st.data())
async def test_the_automatic_stage_does_not_see_the_order(
    database: Database, told: list[tuple[str, int]], data: st.DataObject
) -> None:
    """Any two orders of the same news, cut into batches anywhere, end alike, and as the dates say."""
    for order in (told, data.draw(st.permutations(told))):
        key, cut = WorkspaceKey("main", next(_WORKSPACES)), data.draw(st.integers(0, len(told)))
        async with database.write() as tx:
            for part in (order[:cut], order[cut:]):
                await apply(tx, key, *(news(key, *one) for one in part))
        lead = await the_lead(database, key)
        assert (lead.marks, lead.pipeline_stage) == (true_marks(told), automatic(true_marks(told)).value)


@EASY
@given(steps=STEPS)
async def test_a_persons_word_stays(database: Database, steps: list[tuple[str, object]]) -> None:
    """Between two words of a person nothing moves the stage: no event, no sync, no resync, no backfill."""
    key, word = WorkspaceKey("main", next(_WORKSPACES)), None
    told: list[tuple[str, object]] = [("contacted_at", 0)]
    async with database.write() as tx:
        await apply(tx, key, news(key, "contacted_at", 0))
    for kind, what in steps:
        async with database.write() as tx:
            if kind == "command":
                word = what if isinstance(what, str) else None
                await leads.set_stage(tx, key, "palle@molar.example", word)
            elif kind == "outside" and _changes(what, word, told):
                word = what if isinstance(what, str) else None
                await tx.run(said_outside(key, word))
            elif kind in (*MARKS, "read") and isinstance(what, int):
                told.append((kind, what))
                await apply(tx, key, news(key, kind, what))
        lead = await the_lead(database, key)
        assert (lead.pipeline_stage, lead.stage_author) == expected(word, told)
        assert lead.marks == true_marks(told)


def _changes(what: object, word: str | None, told: Sequence[tuple[str, object]]) -> bool:
    """Writing the stage that is there already is nothing that a trigger could see."""
    return what != expected(word, told)[0]


async def test_a_copy_keeps_stages_and_authors(database: Database, tmp_path: Path) -> None:
    """Every mixture of stage and author arrives as it was, and a later event moves only the automatic ones."""
    (tmp_path / "other").mkdir()
    other = Database(Place(f"sqlite:///{tmp_path / 'other' / 'mirror.db'}"), SystemClock())
    keys = [WorkspaceKey("main", next(_WORKSPACES)) for _ in range(8)]
    async with database.write() as tx:
        for number, key in enumerate(keys):
            await apply(tx, key, news(key, MARKS[number % 5], 0))
            if number % 2:
                await leads.set_stage(tx, key, "palle@molar.example", str(list(Stage)[number % 6].value))
    before = [await the_lead(database, key) for key in keys]
    await copying.prepare(other)
    await copying.begin(other, copies.called(database.place))
    assert (await copying.copy(database, other, lambda _step: None)).differences == ()
    assert [await the_lead(other, key) for key in keys] == before
    async with other.write() as tx:
        for key in keys:
            await apply(tx, key, news(key, "interested_at", 1))
    after = [await the_lead(other, key) for key in keys]
    assert [lead.pipeline_stage for lead in after[1::2]] == [lead.pipeline_stage for lead in before[1::2]]
    assert {lead.pipeline_stage for lead in after[::2]} == {"interested"}
    await other.close()
