"""The one sentence an operator needs at 2 a.m.: is the mirror right, and what is already being done about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bisonwatch.domain import absence, drift, subscription
from bisonwatch.domain.health import Health
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.run import Job, RunState
from bisonwatch.domain.snapshot import RunRow, Snapshot, WorkspaceRow
from bisonwatch.domain.status import lag_seconds
from bisonwatch.tui.format import (
    ago,
    backlog_verdict,
    calm_age,
    duration,
    hour_minute,
    percent,
    plural,
    seconds,
)
from bisonwatch.tui.frame import Frame
from bisonwatch.tui.lines import Line, Piece, cut, outside, width
from bisonwatch.tui.tables.runs import asked, label, share
from bisonwatch.tui.tables.workspaces import worst_first

CATCHING_UP_S = 60.0
"""Deliveries that wait longer make the mirror late, whatever the workspaces say."""
NOT_YET = ("first walk",)
"""What the health of a workspace says of itself until it was verified once, when nothing failed."""
_NO_LAG = {absence.RULE, drift.RULE, subscription.RULE, subscription.CANARY_RULE}
NEXT_S = 60.0
"""What comes sooner is not announced: it would be gone before it was read."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`role` colours the headline; `doing` is empty when there is nothing to say."""

    glyph: str
    role: str
    headline: str
    detail: str
    doing: str


def verdict(frame: Frame) -> Verdict:
    snapshot, glyphs = frame.snapshot, frame.glyphs
    if frame.waiting:
        why = f"asking {outside(frame.link.place)}" if frame.link else "the engine is starting"
        return Verdict(glyphs.idle, "soft", "Waiting for the first snapshot", why, "")
    if frame.cut_off:
        return _cut_off(frame)
    if not frame.engine_lives:
        return _nobody(frame)
    if not snapshot.database.ok:
        return _blind(frame)
    if not snapshot.workspaces:
        return Verdict(
            glyphs.idle,
            "soft",
            "No workspaces yet",
            "they appear after the first discovery of an instance in the configuration",
            doing(frame),
        )
    return _judged(frame)


def _nobody(frame: Frame) -> Verdict:
    seen = frame.snapshot.engine_seen_at
    since = f"since {hour_minute(seen)} UTC ({ago(seen, frame.now)})" if seen else "and there never was one"
    return Verdict(
        frame.glyphs.critical,
        "crit",
        f"No engine lives {since}",
        "the figures below are what the database last knew",
        "start one with `bisonwatch --daemon`",
    )


def _cut_off(frame: Frame) -> Verdict:
    """Whether the daemon runs cannot be seen from here: nothing is known to be wrong, and nothing to be right."""
    old = duration(seconds(frame.snapshot.at, frame.now))
    text = f"what is shown is {old} old; whether the daemon runs cannot be seen from here"
    return Verdict(frame.glyphs.unknown, "unknown", "Cannot tell: cut off from the daemon", text, "")


def _blind(frame: Frame) -> Verdict:
    """Nothing else can be told while the database is away; the reasons say what becomes of deliveries."""
    told = ", ".join(outside(reason) for reason in frame.snapshot.reasons[1:])
    text = told or "deliveries are spooled"
    return Verdict(frame.glyphs.critical, "crit", "Database does not answer", text, doing(frame))


def _judged(frame: Frame) -> Verdict:
    """Behind, then alarming for another reason, then could-not-tell, and only then right."""
    rows, now, glyphs = frame.snapshot.workspaces, frame.now, frame.glyphs
    watched = [row for row in rows if row.health is not Health.PAUSED]
    rules = _rules(frame.snapshot)
    behind = [
        row
        for row in watched
        if row.lag_from is not None and row.health.alarming and not _on_time(rules.get(row.key))
    ]
    alarming = [row for row in watched if row.health.alarming]
    differing = [row for row in alarming if drift.RULE in rules.get(row.key, ())]
    blind = [row for row in alarming if not row.lag_known]
    unknown = [row for row in watched if row.health is Health.UNKNOWN]
    of = f"of {len(rows)}"
    if behind:
        worst = max(behind, key=lambda row: lag_seconds(row, now) or 0.0)
        role, glyph = _alarm(behind, frame)
        head = f"Mirror is behind in {len(behind)} {of} workspaces"
        return Verdict(glyph, role, head, f"worst {_latest(worst, now)}", doing(frame, worst))
    if differing:
        role, glyph = _alarm(differing, frame)
        worst = min(differing, key=lambda row: worst_first(row, now))
        head = f"Numbers differ from the provider's in {len(differing)} {of} workspaces"
        return Verdict(glyph, role, head, _because(worst), doing(frame, worst))
    if blind:
        role, glyph = _alarm(blind, frame)
        worst = min(blind, key=lambda row: worst_first(row, now))
        head = f"Cannot tell for {len(blind) + len(unknown)} {of} workspaces"
        return Verdict(glyph, role, head, _because(worst), doing(frame, worst))
    if alarming:
        role, glyph = _alarm(alarming, frame)
        worst = min(alarming, key=lambda row: worst_first(row, now))
        need = "needs" if len(alarming) == 1 else "need"
        head = f"Mirror is complete, but {len(alarming)} {of} workspaces {need} a look"
        return Verdict(glyph, role, head, _because(worst), doing(frame, worst))
    if unknown and all(_first_walk(row) for row in unknown):
        head = f"Verifying: {len(watched) - len(unknown)} {of} workspaces"
        text = "after a start the provider's event log of each is walked once"
        return Verdict(glyphs.idle, "soft", head, text, doing(frame))
    if unknown:
        worst = min(unknown, key=lambda row: worst_first(row, now))
        head = f"Cannot tell for {len(unknown)} {of} workspaces"
        return Verdict(glyphs.unknown, "unknown", head, _because(worst), doing(frame, worst))
    return _not_right(frame) or Verdict(
        glyphs.healthy, "ok", "Mirror is right", _proof(watched, now), doing(frame)
    )


def _rules(snapshot: Snapshot) -> dict[WorkspaceKey, set[str]]:
    """Which rules each workspace breaks."""
    found: dict[WorkspaceKey, set[str]] = {}
    for alert in snapshot.alerts:
        if alert.workspace is not None:
            found.setdefault(alert.workspace, set()).add(alert.rule)
    return found


def _on_time(rules: set[str] | None) -> bool:
    """Whether nothing of what is wrong makes a workspace late, so that what is under way to it is no lag."""
    return rules is not None and rules <= _NO_LAG


def _first_walk(row: WorkspaceRow) -> bool:
    """Not yet verified since it became known, and nothing has failed: time will tell."""
    return row.verified_at is None and any(words in row.reason for words in NOT_YET)


def _not_right(frame: Frame) -> Verdict | None:
    """Why no workspace is to blame, and yet the mirror must not be called right."""
    snapshot, glyphs, now = frame.snapshot, frame.glyphs, frame.now
    waits = seconds(snapshot.inbox.oldest_pending_at, now) or 0.0
    if frame.stale:
        text = f"this picture is {duration(seconds(snapshot.at, now))} old; no newer one comes"
        return Verdict(glyphs.unknown, "unknown", "Cannot tell", text, "")
    inbox = snapshot.inbox
    if waiting := inbox.spooled - inbox.stuck.refused:
        text = f"{plural(waiting, 'delivery', 'deliveries')} in the spool, not yet in the database"
        return Verdict(glyphs.warning, "warn", "Mirror is catching up", text, doing(frame))
    if waits > CATCHING_UP_S and snapshot.inbox.pending:
        words, _ = backlog_verdict(snapshot.inbox.pending, snapshot.inbox.slope)
        text = f"{plural(snapshot.inbox.pending, 'delivery', 'deliveries')} wait, the oldest for {duration(waits)}"
        return Verdict(glyphs.warning, "warn", "Mirror is catching up", text, words or doing(frame))
    if inbox.stuck.told:
        text = " · ".join(outside(sentence) for sentence in inbox.stuck.told)
        return Verdict(glyphs.warning, "warn", "Deliveries in the spool wait for you", text, doing(frame))
    own = [row for row in snapshot.alerts if row.workspace is None and row.severity == "critical"]
    if own:
        head = "Mirror is right, but bisonwatch needs a look"
        return Verdict(glyphs.warning, "warn", head, outside(own[0].reason), doing(frame))
    return None


def _alarm(rows: list[WorkspaceRow], frame: Frame) -> tuple[str, str]:
    if any(row.health is Health.CRITICAL for row in rows):
        return "crit", frame.glyphs.critical
    return "warn", frame.glyphs.warning


def _latest(row: WorkspaceRow, now: datetime) -> str:
    lag = lag_seconds(row, now)
    late = f" {duration(lag)}" if lag else ""
    return f"{outside(row.name)}{late}: {outside(row.reason)}" if row.reason else f"{outside(row.name)}{late}"


def _because(row: WorkspaceRow) -> str:
    return f"{outside(row.name)}: {outside(row.reason)}" if row.reason else outside(row.name)


def _proof(rows: list[WorkspaceRow], now: datetime) -> str:
    verified = [row.verified_at for row in rows if row.verified_at]
    if not verified:
        return f"nothing known to be missing in {plural(len(rows), 'workspace')}"
    return f"{len(verified)} of {len(rows)} workspaces verified, the oldest check {ago(min(verified), now)}"


def doing(frame: Frame, worst: WorkspaceRow | None = None) -> str:
    """What bisonwatch does by itself right now, the worst workspace first; else what it will do next."""
    parts: list[str] = []
    if worst is not None and worst.doing:
        parts.append(f"{outside(worst.name)}: {outside(worst.doing)}")
    running = [row for row in frame.snapshot.runs if row.run.state is RunState.RUNNING]
    wanted = [row for row in running if asked(row.run)]
    parts.extend(_running(row) for row in wanted[:2])
    if len(wanted) > 2:
        parts.append(f"{len(wanted) - 2:,} more")
    return f" {frame.glyphs.dot} ".join(parts or _routine(frame.snapshot, frame))


def _running(row: RunRow) -> str:
    part = share(row.run)
    return f"{row.run.job.value} of {label(row)}" + (f" {percent(part, 0)} %" if part is not None else "")


def _routine(snapshot: Snapshot, frame: Frame) -> list[str]:
    """The schedule in words that do not change every second."""
    parts = [f"polling {outside(job.schedule)}" for job in snapshot.jobs if job.name == Job.POLL.value]
    coming = [
        (job.next_at, job.name)
        for job in snapshot.jobs
        if job.next_at and (job.next_at - frame.now).total_seconds() >= NEXT_S
    ]
    if coming:
        at, name = min(coming)
        parts.append(f"next {outside(name)} in {calm_age(frame.now, at)}")
    return parts


def verdict_lines(frame: Frame, width_: int, height: int) -> list[Line]:
    """One line, or two where there is room: the finding, and the deed."""
    said = verdict(frame)
    lead: Line = (Piece(f" {said.glyph} {said.headline}", said.role),)
    if height >= 2:
        detail: Line = (Piece(f"  {said.detail}", "ink"),) if said.detail else ()
        deed: Line = (
            (Piece(f"   {frame.glyphs.arrow} ", "link"), Piece(said.doing, "soft")) if said.doing else ()
        )
        return [cut((*lead, *detail), width_ - 1), cut(deed, width_ - 1)]
    line: Line = lead
    deed = (Piece(f"  {frame.glyphs.arrow} ", "link"), Piece(said.doing, "soft")) if said.doing else ()
    detail = (Piece(f"  {said.detail}", "ink"),) if said.detail else ()
    rest = deed if said.role in ("crit", "warn") and deed else detail
    if width(line) < width_:
        line = (*line, *rest)
    return [cut(line, width_ - 1)]
