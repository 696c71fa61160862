"""A feed over invented facts, a clock moved by hand, and the app over both."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import cycle
from typing import cast
from uuid import UUID

from textual.pilot import Pilot

from bisonwatch.domain.absence import Absence
from bisonwatch.domain.api_log import ApiLog, EndpointHours
from bisonwatch.domain.backfill import Order
from bisonwatch.domain.cached import CacheStats, DatasetsOf, Envelope
from bisonwatch.domain.comparison import Books, History
from bisonwatch.domain.dataset import DatasetName
from bisonwatch.domain.feed import Feed, Preview
from bisonwatch.domain.history import Place, RunPage, Wish
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.letter import Changed, Opened, Shelf, Wanted
from bisonwatch.domain.link import Link
from bisonwatch.domain.roster import AccountCard, Mark, Roster, RosterRow
from bisonwatch.domain.run import Job, Part, Tally
from bisonwatch.domain.snapshot import RunRow, Snapshot
from bisonwatch.domain.span import Span
from bisonwatch.domain.subscription import Change, Hook, Landing, Mended
from bisonwatch.domain.totals import Totals
from bisonwatch.domain.validation_log import ValidationLog
from bisonwatch.errors import BisonwatchError
from bisonwatch.tui.app import BisonwatchApp
from bisonwatch.tui.options import TerminalOptions
from bisonwatch.tui.screens.main import MainScreen
from tests.tui.accounts import HELD, HELD_IN, account_row, account_rows, card_of, roster_of
from tests.tui.letters import PAYLOAD, letter_rows, shelf_of
from tests.tui.logs import api_hours, api_log, hostile_api_log, hostile_validation_log, validation_log
from tests.tui.runs import past_rows
from tests.tui.wares import hostile_stats, hostile_wares, stats, wares
from tests.tui.witnesses import books, history, hooks, hostile_books, hostile_history, hostile_hooks
from tests.tui.world import HOSTILE, NOW, ago, row, snapshot


class HandClock:
    """A clock moved by hand."""

    def __init__(self, now: datetime = NOW) -> None:
        self._now, self._passed = now, 1000.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._passed

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("the terminal does not sleep")

    def move(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)
        self._passed += seconds


@dataclass
class FakeFeed:
    """A Feed over a snapshot that tests replace; remembers what was asked of it."""

    shown: Snapshot = field(default_factory=snapshot)
    title: str = "demo"
    asked: list[tuple[object, ...]] = field(default_factory=list)
    trouble: BisonwatchError | None = None
    cost: Preview = field(
        default_factory=lambda: Preview(1, 48_201, 484, 494.0, ago(hours=11, minutes=52), 1)
    )

    shelf: Shelf = field(default_factory=lambda: shelf_of(letter_rows()))
    payload: tuple[str, ...] | None = PAYLOAD
    bygone: list[RunRow] = field(default_factory=list)
    page_size: int = 100
    wishes: list[tuple[Wish, Place | None]] = field(default_factory=list)
    changed: Changed = field(default_factory=lambda: Changed((UUID(int=1),)))
    mailboxes: tuple[RosterRow, ...] = field(default_factory=account_rows)
    absences: dict[WorkspaceKey, Absence] = field(default_factory=lambda: {HELD_IN: HELD})
    named: dict[WorkspaceKey, str] = field(default_factory=dict)
    looks: list[int] = field(default_factory=list)
    """How many workspaces were read at each look at the accounts."""
    balance: Books = field(default_factory=books)
    past: History = field(default_factory=history)
    hooked: tuple[Hook, ...] = field(default_factory=hooks)
    mended: Mended = field(default_factory=lambda: Mended(Change.REPAIRED, 41, 24))
    called: ApiLog | None = None
    doubted: ValidationLog | None = None
    landing: Landing = field(
        default_factory=lambda: Landing(WorkspaceKey("main", 0), timedelta(seconds=1.24))
    )

    link: Link | None = None
    cached: CacheStats = field(default_factory=stats)
    made: int | None = None
    """So many datasets could be made; None: all that were asked for."""
    sold: DatasetsOf = field(default_factory=wares)

    def snapshot(self) -> Snapshot:
        return self.shown

    async def preview(self, workspaces: tuple[WorkspaceKey, ...], parts: tuple[Part, ...]) -> Preview:
        self.asked.append(("preview", workspaces, parts))
        self._raise()
        return replace(self.cost, workspaces=len(workspaces))

    async def resync(self, workspaces: tuple[WorkspaceKey, ...], parts: tuple[Part, ...]) -> tuple[UUID, ...]:
        self.asked.append(("resync", workspaces, parts))
        self._raise()
        return tuple(UUID(int=900 + i) for i, _ in enumerate(workspaces))

    async def poll(self, workspaces: tuple[WorkspaceKey, ...]) -> tuple[UUID, ...]:
        self.asked.append(("poll", workspaces))
        self._raise()
        return (UUID(int=800),)

    async def backfill(
        self, workspaces: tuple[WorkspaceKey, ...], order: Order, parts: tuple[Part, ...], anew: bool
    ) -> tuple[UUID, ...]:
        self.asked.append(("backfill", workspaces, order, parts, anew))
        self._raise()
        return (UUID(int=802),)

    async def set_stage(self, workspace: WorkspaceKey, lead: str, stage: str | None) -> str:
        self.asked.append(("stage", workspace, lead, stage))
        self._raise()
        return stage or "new"

    async def run_job(self, job: Job) -> UUID:
        self.asked.append(("job", job))
        self._raise()
        return UUID(int=801)

    async def letters(self) -> Shelf:
        self._raise()
        return self.shelf

    async def letter(self, letter: UUID) -> Opened | None:
        self._raise()
        found = [item for item in self.shelf.letters if item.id == letter]
        return Opened(found[0], self.payload) if found else None

    async def replay(self, letters: tuple[UUID, ...] | Wanted) -> Changed:
        self.asked.append(("replay", letters))
        self._raise()
        return self.changed

    async def discard(self, letters: tuple[UUID, ...] | Wanted) -> Changed:
        self.asked.append(("discard", letters))
        self._raise()
        return self.changed

    async def accounts(self, known: Mapping[WorkspaceKey, Mark]) -> Roster:
        self._raise()
        told = roster_of(self.mailboxes, known, self.absences, self.named)
        self.looks.append(len(told.rows))
        return told

    async def account(self, instance: str, number: int) -> AccountCard | None:
        self._raise()
        found = [row for row in self.mailboxes if row.key == (instance, number)]
        name = self.named.get(found[0].workspace) if found else None
        return card_of(found[0], self.absences, name) if found else None

    async def confirm_absent(self, workspace: WorkspaceKey, seen: Absence) -> int:
        self.asked.append(("confirm", workspace, seen))
        self._raise()
        return len(seen.held | seen.elsewhere)

    async def runs(self, wish: Wish, after: Place | None) -> RunPage:
        """From `bygone`, as the store does: the newest first, `page_size` at a time."""
        self.wishes.append((wish, after))
        self._raise()
        meant = sorted((row for row in self.bygone if wish.keeps(row)), key=place_of, reverse=True)
        rest = [row for row in meant if after is None or place_of(row) < after]
        part = tuple(rest[: self.page_size])
        return RunPage(part, place_of(part[-1]) if len(rest) > len(part) else None)

    async def run(self, run: UUID) -> RunRow | None:
        self._raise()
        return next((row for row in (*self.bygone, *self.shown.runs) if row.run.id == run), None)

    async def again(self, run: UUID) -> UUID:
        self.asked.append(("again", run))
        self._raise()
        return UUID(int=802)

    async def cancel_queued(self) -> int:
        self.asked.append(("cancel queued",))
        self._raise()
        return 3

    async def books(self) -> Books:
        self._raise()
        return self.balance

    async def history(self, workspace: WorkspaceKey) -> History:
        self.asked.append(("history", workspace))
        self._raise()
        return self.past

    async def compare(self, workspaces: tuple[WorkspaceKey, ...]) -> tuple[UUID, ...]:
        self.asked.append(("compare", workspaces))
        self._raise()
        return (UUID(int=802),)

    async def hooks(self) -> tuple[Hook, ...]:
        self._raise()
        return self.hooked

    async def look(self, workspace: WorkspaceKey) -> Hook:
        self.asked.append(("look", workspace))
        self._raise()
        return self.hooked[0]

    async def mend(self, workspace: WorkspaceKey) -> Mended:
        self.asked.append(("mend", workspace))
        self._raise()
        return self.mended

    async def fly(self, workspace: WorkspaceKey) -> Landing:
        self.asked.append(("fly", workspace))
        self._raise()
        return replace(self.landing, workspace=workspace)

    async def api_log(self, span: Span) -> ApiLog:
        self.asked.append(("api log", span))
        self._raise()
        return api_log(span) if self.called is None else replace(self.called, span=span)

    async def api_hours(self, instance: str, endpoint: str) -> EndpointHours:
        self._raise()
        return api_hours(instance, endpoint)

    async def validation_log(self, span: Span) -> ValidationLog:
        self._raise()
        return validation_log(span) if self.doubted is None else replace(self.doubted, span=span)

    async def cancel(self, run: UUID) -> bool:
        self.asked.append(("cancel", run))
        self._raise()
        return True

    async def datasets(self, workspace: WorkspaceKey) -> DatasetsOf:
        self.asked.append(("datasets", workspace))
        self._raise()
        return replace(self.sold, workspace=workspace)

    async def dataset(self, workspace: WorkspaceKey, name: DatasetName, fresh: bool) -> Envelope:
        self.asked.append(("dataset", workspace, name, fresh))
        self._raise()
        return self.sold.of(name)

    async def cache_stats(self) -> CacheStats:
        self._raise()
        return self.cached

    async def refresh_datasets(
        self, workspaces: tuple[WorkspaceKey, ...], names: tuple[DatasetName, ...]
    ) -> int:
        self.asked.append(("refresh datasets", workspaces, names))
        self._raise()
        return self.made if self.made is not None else len(names) or 4 * len(self.shown.workspaces)

    async def clear_datasets(self, workspaces: tuple[WorkspaceKey, ...]) -> int:
        self.asked.append(("clear datasets", workspaces))
        self._raise()
        return len(self.cached.entries)

    def _raise(self) -> None:
        if self.trouble is not None:
            raise self.trouble


def place_of(row: RunRow) -> Place:
    return row.run.queued_at, row.run.id


def hostile_feed() -> FakeFeed:
    """The corpus, uncleaned, in every field that holds text: the domain's cleaning is not relied upon."""
    base = snapshot()
    names = cycle(HOSTILE)
    rows = tuple(
        replace(item, name=next(names), reason=next(names), doing=next(names), url=next(names))
        for item in (row(i, "x") for i in range(20))
    )
    return FakeFeed(
        replace(
            base,
            workspaces=(*rows, *(replace(item, reason=next(names)) for item in base.workspaces[:2])),
            events=tuple(
                replace(item, workspace_name=next(names), type=next(names), subject=next(names))
                for item in base.events
            ),
            logs=tuple(replace(item, text=next(names), workspace=next(names)) for item in base.logs),
            alerts=tuple(
                replace(item, workspace_name=next(names), rule=next(names), reason=next(names))
                for item in base.alerts
            ),
            runs=tuple(
                replace(item, workspace_name=next(names), run=replace(item.run, error=next(names)))
                for item in base.runs
            ),
            jobs=tuple(replace(item, name=next(names), schedule=next(names)) for item in base.jobs),
            nodes=tuple(replace(item, name=next(names), api_url=next(names)) for item in base.nodes),
            node=next(names),
            reasons=HOSTILE,
        ),
        title=HOSTILE[0],
        shelf=shelf_of(
            tuple(
                replace(item, instance=next(names), workspace_id=None, type=next(names), reason=next(names))
                for item in letter_rows(20)
            )
        ),
        payload=HOSTILE,
        mailboxes=tuple(
            account_row(
                number,
                email=next(names),
                provider=next(names),
                reseller=next(names),
                tags=(next(names), next(names)),
            )
            for number in range(60)
        ),
        absences={HELD_IN: replace(HELD, confirmed_at=NOW, confirmed_by=next(names))},
        named={WorkspaceKey("main", 10 + place): next(names) for place in range(25)},
        bygone=[
            replace(
                item,
                workspace_name=next(names),
                run=replace(item.run, error=next(names), asked_by=next(names), tally=hostile_tally(names)),
            )
            for item in past_rows()[:60]
        ],
        balance=hostile_books(),
        past=hostile_history(),
        hooked=hostile_hooks(),
        cached=hostile_stats(),
        sold=hostile_wares(),
        called=hostile_api_log(),
        doubted=hostile_validation_log(),
        landing=Landing(WorkspaceKey("main", 0), None, HOSTILE[1]),
    )


def hostile_tally(names: Iterator[str]) -> Tally:
    counts = tuple((next(names), number) for number in range(5))
    return Tally(totals=Totals(counts, counts))


@asynccontextmanager
async def running(
    feed: FakeFeed | None = None, size: tuple[int, int] = (120, 36), **options: object
) -> AsyncIterator[tuple[BisonwatchApp, Pilot[None]]]:
    """The app over a feed, drawn once; its timer stands still, `tick` is the hand that moves it."""
    async with on_screen(feed or FakeFeed(), size, **options) as made:
        yield made


@asynccontextmanager
async def on_screen(
    feed: Feed, size: tuple[int, int], **options: object
) -> AsyncIterator[tuple[BisonwatchApp, Pilot[None]]]:
    """The app over any feed, drawn once."""
    chosen = TerminalOptions(**{"refresh_s": 1e6, "ask_before_quit": False, **options})  # type: ignore[arg-type]
    app = BisonwatchApp(feed, chosen, HandClock())
    async with app.run_test(size=size, notifications=True) as pilot:
        await pilot.pause()
        yield app, pilot


async def tick(app: BisonwatchApp, pilot: Pilot[None], seconds: float = 0.5, **changes: object) -> None:
    """So much later, with a newer snapshot on the screen."""
    feed, clock = cast(FakeFeed, app.feed), cast(HandClock, app.clock)
    clock.move(seconds)
    feed.shown = replace(feed.shown, number=feed.shown.number + 1, at=clock.now(), **changes)  # type: ignore[arg-type]
    app.pull()
    main(app).overview.show_rest()
    await pilot.pause()


def main(app: BisonwatchApp) -> MainScreen:
    return next(screen for screen in app.screen_stack if isinstance(screen, MainScreen))


def drawn(app: BisonwatchApp) -> str:
    """Every line on the screen, as text."""
    lines = app.screen._compositor.render_strips()
    return "\n".join(strip.text for strip in lines)


def toasts(app: BisonwatchApp) -> list[str]:
    return [note.message for note in app._notifications]
