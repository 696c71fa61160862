"""The selected workspace: what is wrong, what is being done, and its figures in as much room as there is."""

from __future__ import annotations

from datetime import datetime

from bisonwatch.domain.snapshot import WorkspaceRow
from bisonwatch.tui.charts import columns as chart_columns
from bisonwatch.tui.charts import with_axis
from bisonwatch.tui.format import NONE, ago, calm_age, hour_minute, percent, rate, spark, thousands
from bisonwatch.tui.frame import Frame
from bisonwatch.tui.lines import EMPTY, Line, Piece, cut, outside, pack, paragraph, rule
from bisonwatch.tui.tables.workspaces import ROLES, lag_piece, many_lost, misses_target, state_piece

Facts = list[tuple[str, Line]]


def month(row: WorkspaceRow) -> Line:
    figures = row.month
    line: Line = (
        *_count("sent", figures.sent),
        *_count("replied", figures.replied),
        *_count("interested", figures.interested),
    )
    if row.target is not None:
        pace = "" if row.projected is None else f", on pace for {thousands(row.projected)}"
        line = (*line, Piece(f"of {thousands(row.target)}{pace}", "warm" if misses_target(row) else "ink"))
    return line


def month_rest(row: WorkspaceRow) -> Line:
    figures = row.month
    return (
        *_count("opened", figures.opened),
        *_count("bounced", figures.bounced),
        *_count("unsubscribed", figures.unsubscribed),
    )


def _count(name: str, count: int | None) -> Line:
    return (
        Piece(f"{name} ", "soft"),
        Piece(thousands(count), "faint" if count is None else "ink"),
        Piece("  "),
    )


def delivery(row: WorkspaceRow) -> Line:
    ours, theirs = row.delivery_rate_24h, row.delivery_rate_provider_24h
    low = ours is not None and ours < 0.97
    line: Line = (Piece(f"{percent(ours)}%" if ours is not None else NONE, "warm" if low else "ink"),)
    if theirs is not None:
        late = f", {thousands(row.late_provider_24h)} late" if row.late_provider_24h else ""
        line = (*line, Piece("  provider says ", "soft"), Piece(f"{percent(theirs)}%{late}"))
    if row.success_rate_24h is not None:
        line = (*line, Piece("  processed ", "soft"), Piece(f"{percent(row.success_rate_24h)}%"))
    return line


def doors(row: WorkspaceRow, now: datetime) -> Line:
    return (
        Piece("webhook ", "soft"),
        Piece(ago(row.last_webhook_at, now)),
        Piece(f"  {thousands(row.webhooks_24h)} / 24h   ", "soft"),
        Piece("poll ", "soft"),
        Piece(ago(row.last_poll_at, now)),
        Piece("  "),
        caught(row),
    )


def caught(row: WorkspaceRow) -> Piece:
    """Events that no webhook brought, so that polling had to fetch them."""
    return Piece(f"{thousands(row.caught_24h)} caught by polling / 24h", "ink" if row.caught_24h else "soft")


def mirror(row: WorkspaceRow) -> Line:
    cache = f"{percent(row.cache_hit_rate_1h)}%" if row.cache_hit_rate_1h is not None else NONE
    drift = f"{percent(row.drift)}%" if row.drift is not None else NONE
    warm = row.drift is not None and row.drift >= 0.02
    return (
        Piece("cache ", "soft"),
        Piece(cache),
        Piece("   drift ", "soft"),
        Piece(drift, "warm" if warm else "ink"),
    )


def accounts(row: WorkspaceRow) -> Line:
    if row.accounts is None:
        return (Piece(NONE, "faint"),)
    lost = row.accounts.total - row.accounts.connected
    line: Line = (Piece(f"{row.accounts.connected:,} of {row.accounts.total:,} connected"),)
    if lost > 0:
        line = (*line, Piece(f"  {lost:,} lost", "warm" if many_lost(row) else "soft"))
    return (*line, Piece(f"  {row.accounts.held:,} held", "warm")) if row.accounts.held else line


def standing(row: WorkspaceRow, frame: Frame) -> Line:
    """`▲ warning for 5m`, `▲ warning, just now`."""
    state = state_piece(row.health, frame, 10)
    span = calm_age(row.since, frame.now)
    since = "" if row.since is None else ", just now" if span == "now" else f" for {span}"
    return (Piece(state.text + since, state.role),)


def _lag(row: WorkspaceRow, frame: Frame) -> Line:
    piece = lag_piece(row, frame.now)
    if row.lag_from is not None:
        return (piece, Piece(f"  oldest missing event from {hour_minute(row.lag_from)} UTC", "soft"))
    if not row.lag_known:
        return (
            Piece("unknown", "unknown"),
            Piece("  the provider has not been asked yet, or did not answer", "soft"),
        )
    return (piece, Piece(f"  verified {ago(row.verified_at, frame.now)}", "soft"))


def facts(row: WorkspaceRow, frame: Frame) -> Facts:
    return [
        ("lag", _lag(row, frame)),
        ("doors", doors(row, frame.now)),
        ("delivery", delivery(row)),
        ("month", month(row)),
        ("", month_rest(row)),
        ("accounts", accounts(row)),
        ("mirror", mirror(row)),
    ]


def _labelled(label: str, line: Line, width: int, role: str = "soft") -> Line:
    return cut((Piece(f" {label:<8} ", role), *line), width)


def why_and_doing(row: WorkspaceRow, width: int, most: int) -> list[Line]:
    """The two sentences that matter."""
    lines: list[Line] = []
    for label, text, role in (("why", row.reason, ROLES[row.health]), ("doing", row.doing, "ink")):
        said = outside(text) if text else ("nothing is known to be wrong" if label == "why" else "watching")
        if label == "doing" and not text and row.health.alarming:
            said = "nothing yet: r resyncs it, P polls it"
        style = role if text else "soft"
        for index, part in enumerate(paragraph(said, width - 11, most, style)):
            lines.append(_labelled(label if index == 0 else "", part, width))
    return lines


def title(row: WorkspaceRow, frame: Frame, width: int, note: Line = ()) -> Line:
    head: Line = (Piece(outside(row.name), "title"), Piece(f" {row.key}", "faint"))
    return rule(head, note, width, frame.glyphs.rule)


def hour_chart(row: WorkspaceRow, frame: Frame, width: int, height: int) -> list[Line]:
    """The last hour in bars with an axis: `height` lines and one for the time."""
    room = max(12, width - 8)
    rows = chart_columns(row.trend, room - room % max(1, len(row.trend)), height, frame.glyphs)
    top = max(*row.trend, 1) if row.trend else 1
    return [(Piece(" "), *line) for line in with_axis(rows, top, ("-60 min", "now"), frame.glyphs)]


def detail_lines(frame: Frame, row: WorkspaceRow | None, width: int, height: int) -> list[Line]:
    if row is None:
        return [rule((Piece("no workspace selected", "soft"),), (), width, frame.glyphs.rule)]
    if height <= 2:
        return _short(frame, row, width)[:height]
    if width < 90 and height >= 14:
        return _tall(frame, row, width, height)
    note: Line = (Piece("Enter", "key"), Piece(" opens", "soft"))
    lines = [title(row, frame, width, (*standing(row, frame), Piece("   "), *note))]
    lines.extend(why_and_doing(row, width, 1))
    lines.extend(_labelled(label, line, width) for label, line in _wide(row, frame, width - 11))
    return lines[:height]


def _wide(row: WorkspaceRow, frame: Frame, room: int) -> Facts:
    """Three lines of what fits, the more telling figures first."""
    connected: Line = (Piece("accounts ", "soft"), *accounts(row))
    verified: Line = (Piece("verified ", "soft"), Piece(ago(row.verified_at, frame.now)))
    return [
        ("doors", pack([(0, doors(row, frame.now)), (1, verified)], room)),
        ("month", pack([(0, month(row)), (1, month_rest(row))], room)),
        ("delivery", pack([(0, delivery(row)), (1, connected), (2, mirror(row))], room)),
    ]


def _short(frame: Frame, row: WorkspaceRow, width: int) -> list[Line]:
    """Two lines for a small screen: who and why; then what is done, and the newest figures."""
    state = state_piece(row.health, frame, 6)
    why = outside(row.reason) if row.reason else "nothing is wrong"
    name = outside(row.name)[:28]
    first: Line = (Piece(f" {name}", "title"), Piece("  "), Piece(why, state.role if row.reason else "soft"))
    second = pack(
        [
            (0, (Piece(f"{frame.glyphs.arrow} ", "link"), Piece(outside(row.doing))))
            if row.doing
            else (9, EMPTY),
            (1, (Piece("webhook ", "soft"), Piece(ago(row.last_webhook_at, frame.now)))),
            (2, (Piece("int ", "soft"), Piece(thousands(row.month.interested)), Piece(_target(row), "soft"))),
            (3, (Piece("sent ", "soft"), Piece(thousands(row.month.sent)))),
            (4, (Piece("cache ", "soft"), Piece(percent(row.cache_hit_rate_1h)))),
        ],
        width - 2,
        2,
    )
    return [cut(first, width - 1), (Piece(" "), *second)]


def _target(row: WorkspaceRow) -> str:
    return f"/{row.target:,}" if row.target is not None else ""


def _tall(frame: Frame, row: WorkspaceRow, width: int, height: int) -> list[Line]:
    lines = [title(row, frame, width), (Piece(" "), *standing(row, frame))]
    lines.extend(why_and_doing(row, width, 2))
    lines.append(EMPTY)
    rest: list[Line] = []
    for label, line in _narrow(row, frame):
        rest.append(_labelled(label, line, width))
    room = height - len(lines) - len(rest) - 2
    if room >= 3:
        lines.extend(hour_chart(row, frame, width, min(room, 8)))
        lines.append((Piece(f"       {rate(row.per_minute)} events/min now", "soft"),))
        lines.extend([EMPTY] * (room > 10))
    else:
        lines.append((Piece(" hour     ", "soft"), Piece(spark(row.trend, frame.glyphs), "chart")))
    return [*lines, *rest][:height]


def _narrow(row: WorkspaceRow, frame: Frame) -> Facts:
    now = frame.now
    webhook: Line = (
        Piece(ago(row.last_webhook_at, now)),
        Piece(f"  {thousands(row.webhooks_24h)} / 24h", "soft"),
    )
    poll: Line = (
        Piece(ago(row.last_poll_at, now)),
        Piece("  "),
        caught(row),
    )
    figures = row.month
    goal = (*_count("interested", figures.interested),)
    if row.target is not None:
        goal = (*goal, *month(row)[-1:])
    return [
        ("lag", _lag(row, frame)),
        ("webhook", webhook),
        ("poll", poll),
        ("delivery", delivery(row)),
        ("month", (*_count("sent", figures.sent), *_count("replied", figures.replied))),
        ("", goal),
        ("", (*_count("bounced", figures.bounced), *_count("unsubscribed", figures.unsubscribed))),
        ("accounts", accounts(row)),
        ("mirror", mirror(row)),
    ]
