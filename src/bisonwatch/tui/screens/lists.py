"""The pages that are plain lists: alerts, runs, events, logs, engine."""

from __future__ import annotations

import time
from typing import Generic, TypeVar

from textual.app import ComposeResult
from textual.containers import Container

from bisonwatch.domain.run import Job
from bisonwatch.domain.snapshot import AlertRow, EventRow, LogRow, RunRow
from bisonwatch.tui.format import plural
from bisonwatch.tui.frame import Frame
from bisonwatch.tui.lines import Line, Piece, outside, paragraph, rule
from bisonwatch.tui.meter import Meter
from bisonwatch.tui.tables import alerts, runs
from bisonwatch.tui.views.engine import engine_lines
from bisonwatch.tui.views.panels import worst_alerts
from bisonwatch.tui.views.tails import event_line, event_text, log_line, log_text
from bisonwatch.tui.widgets.line_view import LineView
from bisonwatch.tui.widgets.live_table import LiveTable
from bisonwatch.tui.widgets.page import Page
from bisonwatch.tui.widgets.tail import Tail

T = TypeVar("T")


class AlertsPage(Container):
    def __init__(self) -> None:
        super().__init__(id="alerts", classes="page")
        self._table: LiveTable[AlertRow] = LiveTable(
            alerts.COLUMNS,
            lambda row: (row.rule, row.workspace, row.workspace_name),
            lambda frame: "no alert is in force",
        )
        self._whole = LineView(self._selected, id="alert-detail", classes="foot")
        self._words: list[str] = []

    def compose(self) -> ComposeResult:
        yield self._table
        yield self._whole

    @property
    def mover(self) -> LiveTable[AlertRow]:
        return self._table

    @property
    def selected(self) -> AlertRow | None:
        return self._table.selected

    def show(self, frame: Frame) -> None:
        rows = worst_alerts(frame)
        self._table.put(
            [row for row in rows if _holds(f"{row.workspace_name} {row.rule} {row.reason}", self._words)]
        )
        self._table.show(frame)
        self._whole.show(frame)

    def set_filter(self, text: str) -> None:
        self._words = text.casefold().split()
        if self._table.frame:
            self.show(self._table.frame)

    def on_live_table_moved(self) -> None:
        self._whole.redraw()

    def note(self) -> Line:
        return (Piece(f"worst first  {self._table.position}", "faint"),)

    def _selected(self, frame: Frame, width: int, height: int) -> list[Line]:
        row = self._table.selected
        if row is None:
            return []
        head = rule((Piece(alerts.label(row), "title"), Piece(f" {outside(row.rule)}", "soft")), (), width)
        said = paragraph(f" {outside(row.reason, 1000)}", width - 2, height - 1)
        return [head, *((Piece(" "), *line) for line in said)]


class RunsPage(Container):
    def __init__(self) -> None:
        super().__init__(id="runs", classes="page")
        self._table: LiveTable[RunRow] = LiveTable(
            runs.COLUMNS, lambda row: row.run.id, lambda frame: "no run yet: r on a workspace asks for one"
        )
        self._whole = LineView(self._selected, id="run-detail", classes="foot")
        self._words: list[str] = []

    def compose(self) -> ComposeResult:
        yield self._table
        yield self._whole

    @property
    def mover(self) -> LiveTable[RunRow]:
        return self._table

    @property
    def selected(self) -> RunRow | None:
        return self._table.selected

    def show(self, frame: Frame) -> None:
        rows = [row for row in frame.snapshot.runs if _holds(_run_text(row), self._words)]
        self._table.put(rows)
        self._table.show(frame)
        self._whole.show(frame)

    def set_filter(self, text: str) -> None:
        self._words = text.casefold().split()
        if self._table.frame:
            self.show(self._table.frame)

    def on_live_table_moved(self) -> None:
        self._whole.redraw()

    def note(self) -> Line:
        return (Piece(f"active, then newest  {self._table.position}", "faint"),)

    def _selected(self, frame: Frame, width: int, height: int) -> list[Line]:
        row = self._table.selected
        if row is None:
            return []
        tally = row.run.tally
        head = rule((Piece(f"{row.run.job.value} of {runs.label(row)}", "title"),), (), width)
        parts = ", ".join(part.value for part in row.run.parts) or "everything"
        what = f"; {parts}" if row.run.job in (Job.RESYNC, Job.BACKFILL) else ""
        if row.run.order is not None:
            what = f"; {row.run.order.first} to {row.run.order.last}{what}"
        counts = (
            f"{tally.rows_read:,} read, {tally.rows_written:,} written, {tally.rows_unchanged:,} unchanged, "
            f"{tally.rows_removed:,} removed; {plural(tally.requests, 'request')}, "
            f"{tally.retries:,} repeated{what}"
        )
        lines: list[Line] = [head, (Piece(f" {counts}", "soft"),)]
        if row.run.error:
            said = paragraph(outside(row.run.error, 1000), width - 2, max(1, height - 2), "crit")
            lines.extend((Piece(" "), *line) for line in said)
        return lines


class TailPage(Container, Generic[T]):
    """A live tail on a page of its own."""

    def __init__(self, name: str, tail: Tail[T]) -> None:
        super().__init__(id=name, classes="page")
        self._tail = tail

    def compose(self) -> ComposeResult:
        yield self._tail

    @property
    def mover(self) -> Tail[T]:
        return self._tail

    @property
    def selected(self) -> None:
        return None

    def show(self, frame: Frame) -> None:
        self._tail.show(frame)

    def set_filter(self, text: str) -> None:
        self._tail.filter(text)

    def note(self) -> Line:
        if self._tail.following:
            return (Piece("following", "soft"),)
        return (Piece("standing still", "warm"), Piece("  G follows", "soft"))


class EventsPage(TailPage[EventRow]):
    def __init__(self) -> None:
        tail: Tail[EventRow] = Tail(
            event_line, event_text, lambda row: row.id, "no event yet: they appear here as they arrive"
        )
        super().__init__("events", tail)

    def take(self, frame: Frame) -> None:
        """Remember what the snapshot brought, shown or not."""
        self._tail.append(reversed(frame.snapshot.events))


class LogsPage(TailPage[LogRow]):
    def __init__(self) -> None:
        tail: Tail[LogRow] = Tail(
            log_line, log_text, lambda row: (row.at, row.level, row.text), "the log is empty"
        )
        super().__init__("logs", tail)

    def take(self, frame: Frame) -> None:
        self._tail.append(frame.snapshot.logs)


class EnginePage(Container):
    def __init__(self) -> None:
        super().__init__(id="engine", classes="page")
        self._meter = Meter(time.monotonic, time.thread_time)
        self._page = Page(self._lines)

    def compose(self) -> ComposeResult:
        yield self._page

    @property
    def mover(self) -> Page:
        return self._page

    @property
    def selected(self) -> None:
        return None

    def show(self, frame: Frame) -> None:
        self._page.show(frame)

    def set_filter(self, text: str) -> None:
        """Nothing to filter."""

    def note(self) -> Line:
        return ()

    def _lines(self, frame: Frame, width: int, height: int) -> list[Line]:
        return engine_lines(frame, self._meter.cost(), width)


def _run_text(row: RunRow) -> str:
    run = row.run
    return f"{row.workspace_name} {run.job.value} {run.state.value} {run.outcome or ''} {run.error or ''}"


def _holds(text: str, words: list[str]) -> bool:
    low = text.casefold()
    return all(word in low for word in words)
