"""What a resync would cost, told before asking."""

from __future__ import annotations

from textual.binding import Binding

from bisonwatch.clock import Clock
from bisonwatch.domain.feed import Feed, Preview
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.run import Part
from bisonwatch.errors import BisonwatchError
from bisonwatch.tui.format import ago, moment, plural, roughly, thousands
from bisonwatch.tui.lines import Line, Piece, outside
from bisonwatch.tui.screens.dialog import Dialog

CHOICES: tuple[tuple[str, tuple[Part, ...]], ...] = (
    ("everything", tuple(Part)),
    ("leads", (Part.LEADS,)),
    ("accounts", (Part.ACCOUNTS,)),
    ("campaigns", (Part.CAMPAIGNS,)),
    ("replies", (Part.REPLIES,)),
    ("sends", (Part.SENDS,)),
    ("metrics", (Part.METRICS,)),
)

_ABREAST = 4
"""Choices on the first line; a narrow terminal has no room for all."""


class ResyncScreen(Dialog[tuple[Part, ...]]):
    """The parts to read again, or None."""

    BINDINGS = [Binding("w", "what", show=False)]

    def __init__(
        self, feed: Feed, keys: tuple[WorkspaceKey, ...], name: str, clock: Clock, word: str | None
    ) -> None:
        self._feed, self._keys, self._called, self._clock = feed, keys, name, clock
        self._choice = 0
        self._preview: Preview | None = None
        self._trouble: str | None = None
        super().__init__("resync", self._lines(), "Resync", word)

    def on_mount(self) -> None:
        super().on_mount()
        self._ask()

    def action_what(self) -> None:
        """The next choice of what is read."""
        self._choice = (self._choice + 1) % len(CHOICES)
        self._ask()

    def answer(self) -> tuple[Part, ...]:
        return CHOICES[self._choice][1]

    def _ask(self) -> None:
        self._preview = self._trouble = None
        self.words.say(self._lines())
        self.run_worker(self._asked(), group="preview", exclusive=True)

    async def _asked(self) -> None:
        try:
            self._preview = await self._feed.preview(self._keys, CHOICES[self._choice][1])
        except BisonwatchError as error:
            self._trouble = outside(str(error))
        self.words.say(self._lines())

    def _lines(self) -> list[Line]:
        head: list[Line] = [
            (Piece("Read ", "ink"), Piece(self._called, "title"), Piece(" again from the provider?", "ink")),
            (Piece("The mirror keeps serving meanwhile; newer news is never overwritten.", "soft"),),
            (),
            *self._what(),
        ]
        return [*head, *self._cost()]

    def _what(self) -> list[Line]:
        tabs = [
            Piece(f" {name} ", "tab-on" if index == self._choice else "soft")
            for index, (name, _) in enumerate(CHOICES)
        ]
        return [
            (Piece("what      ", "soft"), *tabs[:_ABREAST]),
            (Piece("          "), *tabs[_ABREAST:], Piece("   w", "key"), Piece(" changes", "soft")),
        ]

    def _cost(self) -> list[Line]:
        preview = self._preview
        if self._trouble:
            rest = [(Piece("cost      ", "soft"), Piece(self._trouble, "warn"))]
            return [*rest, (), (), ()]
        if preview is None:
            return [(Piece("cost      ", "soft"), Piece("asking…", "faint")), (), (), ()]
        now = self._clock.now()
        last = preview.last_run_at
        ran = f"{moment(last, now)} UTC, {ago(last, now)}" if last else "never, so this is an estimate"
        rows = "rows not known" if preview.rows is None else f"about {thousands(preview.rows)} rows"
        asks = "" if preview.requests is None else f", {thousands(preview.requests)} requests"
        time = "not known" if preview.seconds is None else f"about {roughly(preview.seconds)}"
        queue = (
            f"{plural(preview.queued, 'run')} before this one" if preview.queued else "empty: starts at once"
        )
        return [
            (Piece("cost      ", "soft"), Piece(rows + asks)),
            (Piece("takes     ", "soft"), Piece(time)),
            (Piece("last run  ", "soft"), Piece(ran)),
            (Piece("queue     ", "soft"), Piece(queue, "warm" if preview.queued else "ink")),
        ]
