"""The pages that are plain lists: alerts, events, logs, engine."""

from __future__ import annotations

import time
from typing import Generic, TypeVar

from textual.app import ComposeResult

from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.snapshot import AlertRow, EventRow, LogRow
from bisonwatch.tui.frame import Frame
from bisonwatch.tui.lines import Line, Piece, outside, paragraph, rule
from bisonwatch.tui.meter import Meter
from bisonwatch.tui.screens.page import ON_WORKSPACES, TabPage
from bisonwatch.tui.tables import alerts
from bisonwatch.tui.views.engine import engine_lines
from bisonwatch.tui.views.panels import worst_alerts
from bisonwatch.tui.views.tails import event_line, event_text, log_line, log_text
from bisonwatch.tui.widgets.line_view import LineView
from bisonwatch.tui.widgets.live_table import LiveTable
from bisonwatch.tui.widgets.page import Page
from bisonwatch.tui.widgets.tail import Tail

T = TypeVar("T")


class AlertsPage(TabPage):
    SHOWN = ON_WORKSPACES

    def __init__(self) -> None:
        super().__init__("alerts")
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

    def count(self, frame: Frame) -> int:
        return len(frame.snapshot.alerts)

    @property
    def whose(self) -> WorkspaceKey | None:
        return self._table.selected.workspace if self._table.selected else None

    def copied_name(self) -> str | None:
        row = self._table.selected
        return f"{row.workspace_name} {row.rule}: {row.reason}" if row else None

    def _selected(self, frame: Frame, width: int, height: int) -> list[Line]:
        row = self._table.selected
        if row is None:
            return []
        head = rule((Piece(alerts.label(row), "title"), Piece(f" {outside(row.rule)}", "soft")), (), width)
        said = paragraph(f" {outside(row.reason, 1000)}", width - 2, height - 1)
        return [head, *((Piece(" "), *line) for line in said)]


class TailPage(TabPage, Generic[T]):
    """A live tail on a page of its own."""

    def __init__(self, name: str, tail: Tail[T]) -> None:
        super().__init__(name)
        self._tail = tail

    def compose(self) -> ComposeResult:
        yield self._tail

    @property
    def mover(self) -> Tail[T]:
        return self._tail

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


class EnginePage(TabPage):
    hint = None

    def __init__(self) -> None:
        super().__init__("engine")
        self._meter = Meter(time.monotonic, time.thread_time)
        self._page = Page(self._lines)

    def compose(self) -> ComposeResult:
        yield self._page

    @property
    def mover(self) -> Page:
        return self._page

    def show(self, frame: Frame) -> None:
        self._page.show(frame)

    def _lines(self, frame: Frame, width: int, height: int) -> list[Line]:
        return engine_lines(frame, self._meter.cost(), width)


def _holds(text: str, words: list[str]) -> bool:
    low = text.casefold()
    return all(word in low for word in words)
