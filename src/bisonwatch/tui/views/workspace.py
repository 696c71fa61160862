"""One workspace on a screen of its own: every figure with what it means, its hour, its runs, its events."""

from __future__ import annotations

from bisonwatch.domain.snapshot import Figures, WorkspaceRow
from bisonwatch.tui.format import ago, hour_minute, moment, percent, rate, thousands
from bisonwatch.tui.frame import Frame
from bisonwatch.tui.lines import EMPTY, Line, Piece, fit, outside, paragraph, rule
from bisonwatch.tui.lines import width as cells
from bisonwatch.tui.tables.workspaces import lag_piece, misses_target
from bisonwatch.tui.views.detail import accounts, hour_chart, why_and_doing
from bisonwatch.tui.views.panels import run_line
from bisonwatch.tui.views.tails import event_line


def _heading(text: str, frame: Frame, width: int) -> list[Line]:
    return [EMPTY, rule((Piece(text, "title"),), (), width, frame.glyphs.rule)]


def _explained(label: str, value: Piece, text: str, width: int) -> list[Line]:
    """`label  value  what it means`, the meaning wrapped under itself."""
    lead = 25
    if width < 56:
        return [(Piece(f" {label:<11} ", "soft"), value)]
    rows = paragraph(text, width - lead - 1, 2, "faint")
    first: Line = (
        Piece(f" {label:<11} ", "soft"),
        Piece(fit(value.text, 11), value.role),
        Piece(" "),
        *rows[0],
    )
    return [first, *((Piece(" " * lead), *row) for row in rows[1:])]


def _share(share: float | None, low: float) -> Piece:
    if share is None:
        return Piece("–", "faint")
    return Piece(f"{percent(share)}%", "warm" if share < low else "ink")


def _lag_text(row: WorkspaceRow, frame: Frame) -> str:
    if not row.lag_known:
        return "unknown: the provider has not been asked yet, or did not answer"
    if row.lag_from is None:
        return "nothing is missing here; verified at that time (UTC)"
    return f"age of the oldest missing event, from {hour_minute(row.lag_from)} UTC"


def figures(row: WorkspaceRow, frame: Frame, width: int) -> list[Line]:
    now = frame.now
    month_accounts = "".join(piece.text for piece in accounts(row))
    drift = (
        Piece("–", "faint")
        if row.drift is None
        else Piece(f"{percent(row.drift)}%", "warm" if row.drift >= 0.02 else "ink")
    )
    entries = (
        ("lag", lag_piece(row, now), _lag_text(row, frame)),
        (
            "verified",
            Piece(ago(row.verified_at, now)),
            "the provider's event log was last walked to the end",
        ),
        ("newest", Piece(ago(row.last_event_at, now)), "newest event in the mirror"),
        (
            "webhook",
            Piece(ago(row.last_webhook_at, now)),
            f"last delivery; {thousands(row.webhooks_24h)} in 24 h",
        ),
        (
            "poll",
            Piece(ago(row.last_poll_at, now)),
            f"last walk; {thousands(row.caught_24h)} events caught by polling in 24 h",
        ),
        (
            "rate",
            Piece(f"{rate(row.per_minute)}/min"),
            "events applied, over five minutes",
        ),
        (
            "delivery",
            _share(row.delivery_rate_24h, 0.97),
            "events a webhook brought within 10 min, over 24 h",
        ),
        (
            "theirs",
            _share(row.delivery_rate_provider_24h, 0.97),
            "the same by the provider's own record",
        ),
        (
            "processed",
            _share(row.success_rate_24h, 0.99),
            "deliveries applied and not set aside, over 24 h",
        ),
        ("cache", _share(row.cache_hit_rate_1h, 0.8), "reads the cache answered in the last hour"),
        ("drift", drift, "our count against the provider's, over three days; v shows each day and why"),
        (
            "accounts",
            Piece(month_accounts.split("  ")[0].replace(" connected", "")),
            "e-mail accounts connected",
        ),
    )
    return [line for label, value, text in entries for line in _explained(label, value, text, width)]


def month_table(row: WorkspaceRow, frame: Frame, width: int) -> list[Line]:
    """Shown, counted by us, reported by the provider: the two witnesses side by side."""
    reported = row.month_reported or Figures()
    head = f" {'':<12}{'shown':>10}{'counted':>10}{'reported':>10}"
    lines: list[Line] = [(Piece(head, "soft"),)]
    for label, name in (
        ("sent", "sent"),
        ("replied", "replied"),
        ("interested", "interested"),
        ("bounced", "bounced"),
        ("unsubscribed", "unsubscribed"),
        ("opened", "opened"),
        ("automated", "replied_automated"),
    ):
        cells = [getattr(source, name) for source in (row.month, row.month_counted, reported)]
        figures_ = [Piece(f"{thousands(cell):>10}", "faint" if cell is None else "ink") for cell in cells]
        lines.append((Piece(f" {label:<12}", "soft"), *figures_))
    if row.target is not None:
        pace = "" if row.projected is None else f"; on pace for {thousands(row.projected)}"
        lines.append(
            (
                Piece(f" {'target':<12}", "soft"),
                Piece(f"{thousands(row.target):>10} interested", "ink"),
                Piece(pace, "warm" if misses_target(row) else "ink"),
            )
        )
    if row.reported_as_of:
        lines.append((Piece(f" reported as of {moment(row.reported_as_of, frame.now)} UTC", "faint"),))
    return lines


def left_lines(frame: Frame, row: WorkspaceRow, width: int) -> list[Line]:
    lines: list[Line] = [rule((Piece("now", "title"),), (), width, frame.glyphs.rule)]
    lines.extend(why_and_doing(row, width, 4))
    lines.extend(_heading("figures", frame, width))
    lines.extend(figures(row, frame, width))
    lines.extend(_heading("this month", frame, width))
    lines.extend(month_table(row, frame, width))
    if row.url:
        lines.extend([EMPTY, (Piece(f" {outside(row.url)}", "faint"),)])
    return lines


def right_lines(frame: Frame, row: WorkspaceRow, width: int, height: int) -> list[Line]:
    head = (Piece("events in the last hour", "title"),)
    lines: list[Line] = [rule(head, (), width, frame.glyphs.rule)]
    lines.extend(hour_chart(row, frame, width, max(4, min(10, height // 4))))
    runs = [run for run in frame.snapshot.runs if run.run.workspace == row.key]
    lines.extend(_heading("runs", frame, width))
    lines.extend(run_line(run, frame, width) for run in runs[:8])
    if not runs:
        lines.append((Piece(" none kept", "faint"),))
    events = [event for event in frame.snapshot.events if event.workspace == row.key]
    lines.extend(_heading("newest events", frame, width))
    lines.extend(event_line(event, frame.glyphs, width) for event in events[:40])
    if not events:
        lines.append((Piece(" none among the newest", "faint"),))
    return lines


def workspace_lines(frame: Frame, row: WorkspaceRow, width: int, height: int) -> list[Line]:
    """Side by side where there is room, else one under the other."""
    if width < 110:
        return [*left_lines(frame, row, width), EMPTY, *right_lines(frame, row, width, height)]
    left_width = max(64, width * 56 // 100)
    left = left_lines(frame, row, left_width)
    right = right_lines(frame, row, width - left_width - 2, height)
    lines: list[Line] = []
    for y in range(max(len(left), len(right))):
        first = left[y] if y < len(left) else EMPTY
        second = right[y] if y < len(right) else EMPTY
        gap = left_width - cells(first) + 2
        lines.append((*first, Piece(" " * max(1, gap)), *second))
    return lines
