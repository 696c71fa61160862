"""Drift in sentences: the verdict on one workspace, the resync it started, one day's number; and all workspaces in one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from bisonwatch.domain.comparison import Books, History, Judged, Leeway
from bisonwatch.domain.drift import DAYS
from bisonwatch.domain.health import Health
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.run import Job, Outcome, Run, RunState
from bisonwatch.domain.snapshot import RunRow
from bisonwatch.tui.format import age, ago, calm_age, moment, percent, plural, thousands
from bisonwatch.tui.frame import Frame
from bisonwatch.tui.lines import Line, Piece, cut, outside, paragraph, rule
from bisonwatch.tui.tables.drift import Entry, Weight, day_words, gap_words, state_piece
from bisonwatch.tui.tables.drifts import STALE, Drifting, health_of
from bisonwatch.tui.tables.runs import share
from bisonwatch.tui.views.panels import run_line

_ROLES = {
    Health.CRITICAL: "crit",
    Health.WARNING: "warn",
    Health.UNKNOWN: "unknown",
    Health.HEALTHY: "ok",
}


def open_comparison(frame: Frame, workspace: WorkspaceKey) -> RunRow | None:
    """The comparison that is queued or runs: of this workspace, else of all."""
    found = [
        row
        for row in frame.snapshot.runs
        if row.run.job is Job.CONSISTENCY and not row.run.over and row.run.workspace in (workspace, None)
    ]
    found.sort(key=lambda row: row.run.workspace is None)
    return found[0] if found else None


def verdict(judged: Judged, leeway: Leeway, frame: Frame) -> Piece:
    """One sentence."""
    standing, role = judged.standing, _ROLES[health_of(judged)]
    if standing is None:
        return Piece("Never compared with the provider: C compares it now.", role)
    reason = outside(standing.reason or "", 500)
    if standing.drift is None:
        return Piece(f"The drift cannot be told: {reason or 'nothing could be compared'}.", role)
    told, limit = f"{percent(standing.drift, 2)}%", f"{percent(leeway.threshold)}%"
    because = f": {reason}" if reason else ""
    if standing.over_since is not None:
        since = calm_age(standing.over_since, frame.now)
        if standing.drift <= leeway.threshold:
            return Piece(f"Rows are missing for {since}{because}.", role)
        return Piece(f"Drifts by {told}, over the limit of {limit} for {since}{because}.", role)
    if standing.drift:
        return Piece(f"Drifts by {told}, under the limit of {limit}{because}.", role)
    if reason:
        return Piece(f"No drift: {reason}.", role)
    days, near = plural(DAYS, "day"), leeway.tolerance
    return Piece(f"No drift: over {days} each number is within {near} of the provider's.", role)


def compared_words(judged: Judged, leeway: Leeway, frame: Frame) -> Line:
    """When that was found, and by what measure."""
    standing = judged.standing
    if standing is None:
        return ()
    old = frame.now - standing.checked_at > STALE
    late = ", too long ago to hold for now" if old else ""
    return (
        Piece(
            f"compared {moment(standing.checked_at, frame.now)} UTC, {ago(standing.checked_at, frame.now)}{late}",
            "warn" if old else "soft",
        ),
        Piece(
            f"   differences up to {leeway.tolerance} are none; over {percent(leeway.threshold)}% a resync starts",
            "faint",
        ),
    )


def resync_words(judged: Judged, frame: Frame) -> Piece | None:
    """What was done about it by itself; None when nothing ever was."""
    standing = judged.standing
    if standing is None or standing.resync_at is None:
        return None
    return run_words(judged.resync, f"Its resync of {moment(standing.resync_at, frame.now)} UTC", frame)


def run_words(run: Run | None, lead: str, frame: Frame) -> Piece:
    """`Its resync of 14:02 UTC ended 14:05: success, 48,201 rows written.`"""
    if run is None:
        return Piece(f"{lead} is not in the runs any more.", "soft")
    if run.state is RunState.QUEUED:
        return Piece(f"{lead} waits for its turn.", "soft")
    if run.state is RunState.RUNNING:
        part = share(run)
        far = f"{percent(part, 0)}%" if part is not None else plural(run.tally.done, "row") + " so far"
        return Piece(f"{lead} runs for {age(run.started_at, frame.now)}: {far}.", "link")
    word = run.outcome.value if run.outcome else "done"
    rows = f", {plural(run.tally.rows_written, 'row')} written" if run.tally.rows_written else ""
    error = f": {outside(run.error, 400)}" if run.error else ""
    role = {Outcome.FAILED: "crit", Outcome.PARTIAL: "warn"}.get(run.outcome or Outcome.SUCCESS, "ink")
    return Piece(f"{lead} ended {moment(run.finished_at, frame.now)}: {word}{rows}{error}.", role)


def said_lines(
    history: History | None, trouble: str | None, frame: Frame, key: WorkspaceKey, width: int, height: int
) -> list[Line]:
    """The verdict first; then the resync, the comparison under way, and when all that was found."""
    room = width - 2
    if history is None:
        said = trouble or ("no engine runs yet" if frame.waiting else "asking…")
        return [(Piece(f" {said}", "warn" if trouble else "faint"),)]
    lines: list[Line] = []
    piece = verdict(history.judged, history.leeway, frame)
    lines += paragraph(piece.text, room, min(2, height), piece.role)
    if trouble is not None:
        lines.append((Piece(f"as of before: {trouble}", "warn"),))
    under_way = open_comparison(frame, key)
    resync = resync_words(history.judged, frame)
    if under_way is not None:
        lines.append(run_line(under_way, frame, room))
    if resync is not None:
        lines += paragraph(resync.text, room, 1, resync.role)
    lines.append(compared_words(history.judged, history.leeway, frame))
    return [cut((Piece(" "), *line), width) for line in lines]


def entry_lines(
    entry: Entry | None, resyncs: Mapping[UUID, Run], frame: Frame, width: int, height: int
) -> list[Line]:
    """The selected number, whole."""
    if entry is None:
        return []
    title: Line = (
        Piece(f"{day_words(entry.day, frame.now)} {outside(entry.metric)}", "title"),
        Piece("  "),
        state_piece(entry, frame),
    )
    lines = [rule(title, (), width, frame.glyphs.rule)]
    lines += paragraph(_whole(entry), width - 2, 2)
    when = f"reported as of {moment(entry.as_of, frame.now)} UTC, {ago(entry.as_of, frame.now)}"
    if entry.checked_at is not None:
        when += f"; compared {moment(entry.checked_at, frame.now)}, {ago(entry.checked_at, frame.now)}"
    if entry.healed_at is not None:
        when += f"; healed {moment(entry.healed_at, frame.now)}, {ago(entry.healed_at, frame.now)}"
    lines += paragraph(when, width - 2, 2, "soft")
    if entry.resync_id is not None:
        run = resyncs.get(entry.resync_id)
        lead = f"Its resync of {moment(run.queued_at, frame.now)} UTC" if run else "Its resync"
        piece = run_words(run, lead, frame)
        lines += paragraph(piece.text, width - 2, 2, piece.role)
    return [lines[0], *((Piece(" "), *line) for line in lines[1:height])]


def _whole(entry: Entry) -> str:
    if entry.counted is None:
        return f"{thousands(entry.reported)} at the provider; {entry.why}."
    numbers = (
        f"{thousands(entry.counted)} here, {thousands(entry.reported)} at the provider ({gap_words(entry)})"
    )
    if entry.drift:
        numbers += f", a drift of {percent(entry.drift, 2)}%"
    mark = " It is only shown, and never alarms." if entry.weight is Weight.SHOWN else ""
    reason = f": {outside(entry.why, 500)}" if entry.why else ", which is no drift"
    return f"{numbers}{reason}.{mark}"


def books_lines(
    books: Books | None, trouble: str | None, items: Sequence[Drifting], frame: Frame, width: int, height: int
) -> list[Line]:
    """All workspaces in a sentence: how many are wrong, the worst by name."""
    if books is None:
        said = trouble or ("no engine runs yet" if frame.waiting else "asking…")
        return [(Piece(f" {said}", "warn" if trouble else "faint"),)]
    watched = [item for item in items if item.row.health is not Health.PAUSED]
    piece = _sum(watched, books.leeway)
    lines = paragraph(piece.text, width - 2, min(2, height), piece.role)
    if trouble is not None:
        lines.append((Piece(f"as of before: {trouble}", "warn"),))
    oldest = min((i.standing.checked_at for i in watched if i.standing), default=None)
    if oldest is not None:
        late = frame.now - oldest > STALE
        said = f"the oldest comparison is of {moment(oldest, frame.now)} UTC, {ago(oldest, frame.now)}"
        lines.append((Piece(said, "warn" if late else "soft"),))
    return [cut((Piece(" "), *line), width) for line in lines]


def _sum(items: Sequence[Drifting], leeway: Leeway) -> Piece:
    if not items:
        return Piece("No workspace is compared.", "soft")
    by = {health: [i for i in items if health_of(i.judged) is health] for health in _ROLES}
    over, some, unknown = by[Health.CRITICAL], by[Health.WARNING], by[Health.UNKNOWN]
    open_ = f"; {len(unknown)} cannot be told" if unknown else ""
    all_ = plural(len(items), "workspace")
    if over:
        names = ", ".join(f"{outside(i.row.name)} {_percent(i)}" for i in over[:3])
        more = f" and {len(over) - 3} more" if len(over) > 3 else ""
        text = f"{len(over)} of {all_} over the limit of {percent(leeway.threshold)}%: {names}{more}"
        under = f"; {len(some)} under it" if some else ""
        return Piece(f"{text}{under}{open_}.", "crit")
    if some:
        return Piece(f"{len(some)} of {all_} drift, under {percent(leeway.threshold)}%{open_}.", "warn")
    if len(unknown) == len(items):
        return Piece(f"The drift of {all_} cannot be told yet.", "unknown")
    return Piece(
        f"No drift in {plural(len(items) - len(unknown), 'workspace')}{open_}.", "unknown" if open_ else "ok"
    )


def _percent(item: Drifting) -> str:
    drift = item.standing.drift if item.standing else None
    return f"{percent(drift, 2)}%"


def judged_lines(item: Drifting | None, leeway: Leeway, frame: Frame, width: int, height: int) -> list[Line]:
    """The selected workspace: its verdict, its resync."""
    if item is None:
        return []
    title: Line = (Piece(outside(item.row.name), "title"), Piece(f"  {item.key}", "faint"))
    note: Line = (Piece("Enter", "key"), Piece(" opens", "soft"))
    lines = [rule(title, note, width, frame.glyphs.rule)]
    piece = verdict(item.judged, leeway, frame)
    lines += paragraph(piece.text, width - 2, 2, piece.role)
    under_way, resync = open_comparison(frame, item.key), resync_words(item.judged, frame)
    if under_way is not None:
        lines.append(run_line(under_way, frame, width - 2))
    if resync is not None:
        lines += paragraph(resync.text, width - 2, 1, resync.role)
    lines.append(cut(compared_words(item.judged, leeway, frame), width - 2))
    return [lines[0], *((Piece(" "), *line) for line in lines[1:height])]
