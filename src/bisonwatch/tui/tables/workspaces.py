"""The columns of the first screen: one workspace a row, worst first."""

from __future__ import annotations

from datetime import datetime

from bisonwatch.domain.health import Health
from bisonwatch.domain.snapshot import WorkspaceRow
from bisonwatch.domain.status import lag_seconds
from bisonwatch.tui.columns import Column
from bisonwatch.tui.format import (
    NONE,
    calm_age,
    compact,
    duration,
    hour_minute,
    percent,
    rate,
    seconds,
    spark,
    squeeze,
)
from bisonwatch.tui.frame import Frame
from bisonwatch.tui.glyphs import WORDS
from bisonwatch.tui.lines import Line, Piece, fit, outside
from bisonwatch.tui.sorting import Rank

ROLES = {
    Health.CRITICAL: "crit",
    Health.WARNING: "warn",
    Health.UNKNOWN: "unknown",
    Health.HEALTHY: "ok",
    Health.IDLE: "idle",
    Health.PAUSED: "paused",
}
UNKNOWN_LAST = float("inf")
MANY_LOST = 0.05
"""A disconnected account or two is everyday; from this share on it is worth a colour."""
CLEARLY = 0.9
"""A pace below this part of the target will miss it."""


def many_lost(row: WorkspaceRow) -> bool:
    return row.accounts is not None and (
        row.accounts.total - row.accounts.connected > MANY_LOST * row.accounts.total
    )


def misses_target(row: WorkspaceRow) -> bool:
    return row.target is not None and row.projected is not None and row.projected < CLEARLY * row.target


def state_piece(health: Health, frame: Frame, width: int) -> Piece:
    """Glyph, then the short or the long word where there is room."""
    short, long = WORDS[health]
    word = "" if width < 6 else short if width < 10 else long
    return Piece(f"{frame.glyphs.of(health)} {word}".rstrip(), ROLES[health])


def lag_piece(row: WorkspaceRow, now: datetime) -> Piece:
    """`3m12s` behind, `ok 10:41` when verified, `–` when nobody could tell."""
    if not row.lag_known:
        return Piece(NONE, "soft")
    if row.lag_from is not None:
        role = {Health.CRITICAL: "hot", Health.WARNING: "warm"}.get(row.health, "ink")
        return Piece(duration(seconds(row.lag_from, now)), role)
    since = seconds(row.verified_at, now)
    if since is None:
        return Piece("ok", "soft")
    return Piece(
        f"ok {hour_minute(row.verified_at) if since < 72_000 else calm_age(row.verified_at, now)}", "soft"
    )


def _state(row: WorkspaceRow, frame: Frame, width: int) -> Piece | Line:
    """A good state has its colour in the glyph only, so that the others stand out."""
    said = state_piece(row.health, frame, width)
    if row.health not in (Health.HEALTHY, Health.IDLE):
        return said
    return (Piece(said.text[:1], said.role), Piece(fit(said.text[1:], width - 1), "soft"))


def _name(row: WorkspaceRow, frame: Frame, width: int) -> Piece:
    role = (
        "strong"
        if row.health.severity < Health.HEALTHY.severity
        else "soft"
        if row.health is Health.PAUSED
        else "ink"
    )
    return Piece(outside(row.name), role)


def _trend(row: WorkspaceRow, frame: Frame, width: int) -> Line:
    """The last bucket is still filling, so it is drawn fainter."""
    values = squeeze(row.trend, width)
    if not any(values):
        return (Piece(fit(frame.glyphs.silence * len(values), width), "faint"),)
    text = fit(spark(values, frame.glyphs), width)
    return (Piece(text[:-1], "trend"), Piece(text[-1:], "rail"))


def _delivery(row: WorkspaceRow, frame: Frame, width: int) -> Piece:
    ours, theirs = row.delivery_rate_24h, row.delivery_rate_provider_24h
    text = percent(ours) if width < 9 else f"{percent(ours):>4}/{percent(theirs):<4}"
    known = [share for share in (ours, theirs if width >= 9 else None) if share is not None]
    if not known:
        return Piece(NONE, "faint")
    return Piece(text, "warm" if min(known) < 0.97 else "ink")


def _share(share: float | None, low: float) -> Piece:
    if share is None:
        return Piece(NONE, "faint")
    return Piece(percent(share), "warm" if share < low else "ink")


def _drift(row: WorkspaceRow, frame: Frame, width: int) -> Piece:
    if row.drift is None:
        return Piece(NONE, "faint")
    return Piece(percent(row.drift), "warm" if row.drift >= 0.02 else "ink")


def _figure(count: int | None) -> Piece:
    return Piece(compact(count), "faint" if count is None else "ink")


def _goal(row: WorkspaceRow, frame: Frame, width: int) -> Piece | Line:
    """Interested against the month's target; yellow when the pace clearly misses it."""
    got = compact(row.month.interested)
    if row.target is None:
        return Piece(got, "faint" if row.month.interested is None else "ink")
    text = fit(f"{got}/{compact(row.target)}", width, right=True)
    split = text.rfind("/")
    role = "warm" if misses_target(row) else "ink"
    return (Piece(text[:split], role), Piece(text[split:], "soft")) if split >= 0 else Piece(text, role)


def _accounts(row: WorkspaceRow, frame: Frame, width: int) -> Piece:
    if row.accounts is None:
        return Piece(NONE, "faint")
    return Piece(f"{row.accounts.connected}/{row.accounts.total}", "warm" if many_lost(row) else "ink")


def worst_first(row: WorkspaceRow, now: datetime) -> Rank:
    """The default order: severity, then lag (what nobody could measure counts as the longest), then name."""
    lag = lag_seconds(row, now)
    return (row.health.severity, -(UNKNOWN_LAST if lag is None else lag), row.name.casefold(), str(row.key))


def _number(value: float | None) -> float:
    return UNKNOWN_LAST if value is None else value


COLUMNS: tuple[Column[WorkspaceRow], ...] = (
    Column(
        "state",
        "STATE",
        (1, 6, 10),
        0,
        _state,
        worst_first,
        help="glyph and word of the workspace's health; worst first",
    ),
    Column(
        "name",
        "WORKSPACE",
        (6, 16, 22),
        0,
        _name,
        lambda row, now: (row.name.casefold(), str(row.key)),
        flex=True,
        help="the provider's name for it",
    ),
    Column(
        "lag",
        "LAG",
        (8, 8, 8),
        0,
        lambda row, frame, width: lag_piece(row, frame.now),
        lambda row, now: (-_number(lag_seconds(row, now)),),
        right=True,
        help="age of the oldest event known at the provider and not here; ok HH:MM (UTC) when verified",
    ),
    Column(
        "trend",
        "LAST HOUR",
        (12, 12, 12),
        3,
        _trend,
        lambda row, now: (-sum(row.trend),),
        help="events applied in each five minutes of the last hour",
    ),
    Column(
        "rate",
        "EV/MIN",
        (6, 6, 6),
        4,
        lambda row, frame, width: Piece(rate(row.per_minute), "ink" if row.per_minute else "faint"),
        lambda row, now: (-row.per_minute,),
        right=True,
        help="events applied per minute, over the last five minutes",
    ),
    Column(
        "delivery",
        "DELIV%",
        (6, 6, 9),
        5,
        _delivery,
        lambda row, now: (_number(row.delivery_rate_24h),),
        right=True,
        help="share of events a webhook brought in time, over 24 h (polling caught the rest): our count, and the provider's",
    ),
    Column(
        "accounts",
        "ACCTS",
        (7, 7, 7),
        6,
        _accounts,
        lambda row, now: (
            UNKNOWN_LAST if row.accounts is None else row.accounts.connected - row.accounts.total,
        ),
        right=True,
        help="e-mail accounts connected, of all; yellow when more than 5 % are lost",
    ),
    Column(
        "sent",
        "SENT",
        (5, 5, 6),
        7,
        lambda row, frame, width: _figure(row.month.sent),
        lambda row, now: (-_number(row.month.sent or 0),),
        right=True,
        help="e-mails sent this month",
    ),
    Column(
        "goal",
        "INT/TGT",
        (7, 7, 7),
        8,
        _goal,
        lambda row, now: (-_number(row.month.interested or 0),),
        right=True,
        help="interested leads this month, against the target; yellow when the pace clearly misses it",
    ),
    Column(
        "replied",
        "REPL",
        (5, 5, 5),
        9,
        lambda row, frame, width: _figure(row.month.replied),
        lambda row, now: (-_number(row.month.replied or 0),),
        right=True,
        help="replies this month, without automated ones",
    ),
    Column(
        "cache",
        "CACHE",
        (5, 5, 5),
        10,
        lambda row, frame, width: _share(row.cache_hit_rate_1h, 0.8),
        lambda row, now: (_number(row.cache_hit_rate_1h),),
        right=True,
        help="share of reads the cache answered in the last hour",
    ),
    Column(
        "drift",
        "DRIFT",
        (5, 5, 5),
        11,
        _drift,
        lambda row, now: (-(row.drift or 0.0),),
        right=True,
        help="how far our count and the provider's report are apart, over three days",
    ),
    Column(
        "newest",
        "NEW",
        (4, 4, 4),
        12,
        lambda row, frame, width: Piece(calm_age(row.last_event_at, frame.now), "soft"),
        lambda row, now: (_number(seconds(row.last_event_at, now)),),
        right=True,
        help="age of the newest event in the mirror",
    ),
    Column(
        "age",
        "AGE",
        (4, 4, 4),
        1,
        lambda row, frame, width: Piece(calm_age(row.as_of, frame.now), "faint"),
        lambda row, now: (-_number(seconds(row.as_of, now)),),
        right=True,
        help="age of this row's figures",
    ),
)
SORTABLE = tuple(column for column in COLUMNS if column.sort is not None)
