"""The validation log in sentences: all of it, and the selected flaw."""

from __future__ import annotations

from bisonwatch.domain.validation_log import Flawed, ValidationLog
from bisonwatch.tui.format import ago, moment, plural
from bisonwatch.tui.frame import Frame
from bisonwatch.tui.lines import Line, Piece, outside, paragraph, rule
from bisonwatch.tui.tables.validation_log import whose
from bisonwatch.tui.views.api_log import SPANS

ANSWER = "answer"
"""The field of a flaw that is of an answer as a whole: its reason says all."""


def flaws_piece(log: ValidationLog) -> Piece:
    """All of them in a sentence."""
    span = SPANS[log.span]
    if not log.flaws:
        return Piece(f"Everything that the provider answered in {span} could be taken.", "ok")
    count, places = sum(flaw.count for flaw in log.flaws), {flaw.workspace for flaw in log.flaws} - {None}
    rest = f"; only the last {len(log.flaws)} are shown" if log.more else ""
    whom = f" of {plural(len(places), 'workspace')}" if places else ""
    kinds = plural(len(log.flaws), "flaw")
    return Piece(f"{kinds}{whom} in {span}, met {plural(count, 'time')}{rest}.", "warn")


def flaw_lines(flaw: Flawed | None, frame: Frame, width: int, height: int) -> list[Line]:
    """The selected one, whole."""
    if flaw is None:
        return []
    title: Line = (Piece(outside(flaw.field), "title"), Piece(f"  {outside(flaw.source)}", "soft"))
    lines = [rule(title, (), width, frame.glyphs.rule)]
    what = flaw.reason if flaw.field == ANSWER else f"{flaw.field} {flaw.reason}"
    lines += paragraph(f"{whose(flaw)}: {outside(what)}.", width - 2, 2, "warn")
    if flaw.example not in (None, flaw.reason):
        lines += paragraph(f"For example: {outside(flaw.example or '')}", width - 2, 1)
    first, last = moment(flaw.first_at, frame.now), moment(flaw.last_at, frame.now)
    when = f"{plural(flaw.count, 'time')}, first {first}, last {last} UTC, {ago(flaw.last_at, frame.now)}."
    lines += paragraph(when, width - 2, 1, "soft")
    return [lines[0], *((Piece(" "), *line) for line in lines[1:height])]
