"""The columns of the accounts, worst first."""

from __future__ import annotations

from datetime import datetime

from bisonwatch.domain.account import reply_rate
from bisonwatch.domain.health import Health
from bisonwatch.domain.roster import RosterRow, Standing
from bisonwatch.tui.columns import Column
from bisonwatch.tui.format import NONE, calm_age, compact, percent
from bisonwatch.tui.frame import Frame
from bisonwatch.tui.glyphs import Glyphs
from bisonwatch.tui.lines import Line, Piece, fit, outside
from bisonwatch.tui.sheet import UNKNOWN_LAST, Entry
from bisonwatch.tui.sorting import Rank

ROLES = {
    Standing.DISCONNECTED: "crit",
    Standing.HELD: "unknown",
    Standing.CONNECTED: "ok",
    Standing.REMOVED: "paused",
}
_GLYPHS = {
    Standing.DISCONNECTED: Health.CRITICAL,
    Standing.HELD: Health.UNKNOWN,
    Standing.CONNECTED: Health.HEALTHY,
    Standing.REMOVED: Health.PAUSED,
}
WORDS = {
    Standing.DISCONNECTED: ("disc", "disconnected"),
    Standing.HELD: ("held", "held"),
    Standing.CONNECTED: ("ok", "connected"),
    Standing.REMOVED: ("gone", "removed"),
}
_SEVERITY = {standing: float(place) for place, standing in enumerate(Standing)}
BOUNCING = 0.05
"""From this share of sent e-mails on, bounces are worth a colour."""
COLD = 80.0
"""A warm-up's score below this is worth a colour."""


def glyph(standing: Standing, glyphs: Glyphs) -> str:
    return glyphs.of(_GLYPHS[standing])


def state_piece(standing: Standing, frame: Frame, width: int) -> Piece:
    """Glyph, then the short or the long word where there is room."""
    short, long = WORDS[standing]
    word = "" if width < 6 else short if width < 14 else long
    return Piece(f"{glyph(standing, frame.glyphs)} {word}".rstrip(), ROLES[standing])


def warmup_text(row: RosterRow) -> str:
    """`on 97`, `off`; the score is the provider's, of 100."""
    if row.warmup_enabled is None and row.score is None:
        return NONE
    word = {True: "on", False: "off", None: "?"}[row.warmup_enabled]
    return word if row.score is None else f"{word} {row.score:>3.0f}"


def bounce_rate(row: RosterRow) -> float | None:
    return row.bounced / row.sent if row.sent > 0 else None


def _state(one: Entry, frame: Frame, width: int) -> Piece | Line:
    """A good state has its colour in the glyph only, so that the others stand out."""
    said = state_piece(one.standing, frame, width)
    if one.standing is not Standing.CONNECTED:
        return said
    return (Piece(said.text[:1], said.role), Piece(fit(said.text[1:], width - 1), "soft"))


def _address(one: Entry, frame: Frame, width: int) -> Piece:
    role = {Standing.CONNECTED: "ink", Standing.REMOVED: "soft"}.get(one.standing, "strong")
    return Piece(outside(one.row.email), role)


def _warmup(one: Entry, frame: Frame, width: int) -> Piece:
    low = one.row.score is not None and one.row.score < COLD
    text = warmup_text(one.row)
    return Piece(text, "warm" if low else "faint" if text == NONE else "soft")


def _rate(one: Entry, frame: Frame, width: int) -> Piece:
    share = reply_rate(one.row.sent, one.row.replied)
    return Piece(percent(share), "faint" if share is None else "ink")


def _bounced(one: Entry, frame: Frame, width: int) -> Piece:
    many = (bounce_rate(one.row) or 0.0) >= BOUNCING
    return Piece(compact(one.row.bounced), "warm" if many else "soft")


def worst_first(one: Entry, now: datetime) -> Rank:
    """The default order: state, then workspace, then address."""
    return (_SEVERITY[one.standing], one.label.casefold(), one.row.email)


def _unknown_last(value: float | None) -> Rank:
    return (UNKNOWN_LAST if value is None else -value,)


def _folded(text: str | None) -> Rank:
    """An empty word is unknown, and stands last."""
    return (text.casefold(),) if text else (UNKNOWN_LAST,)


COLUMNS: tuple[Column[Entry], ...] = (
    Column(
        "state",
        "STATE",
        (1, 6, 14),
        0,
        _state,
        worst_first,
        help="disconnected, held (complete walks do not meet it, its removal waits), connected; worst first",
    ),
    Column(
        "address",
        "ADDRESS",
        (10, 28, 34),
        0,
        _address,
        lambda one, now: (one.row.email.casefold(),),
        flex=True,
        help="the mailbox",
    ),
    Column(
        "workspace",
        "WORKSPACE",
        (8, 13, 18),
        2,
        lambda one, frame, width: Piece(outside(one.label), "soft"),
        lambda one, now: _folded(one.label),
        help="the workspace it sends for",
    ),
    Column(
        "provider",
        "PROVIDER",
        (9, 9, 10),
        4,
        lambda one, frame, width: Piece(outside(one.row.provider), "soft"),
        lambda one, now: _folded(one.row.provider),
        help="google, microsoft or other, by its tags, else by its type",
    ),
    Column(
        "reseller",
        "RESELLER",
        (8, 9, 12),
        10,
        lambda one, frame, width: Piece(
            outside(one.row.reseller or NONE), "soft" if one.row.reseller else "faint"
        ),
        lambda one, now: _folded(one.row.reseller),
        help="who sold it, by its tags",
    ),
    Column(
        "tags",
        "TAGS",
        (8, 16, 30),
        9,
        lambda one, frame, width: Piece(outside(", ".join(one.row.tags)), "soft"),
        lambda one, now: _folded(", ".join(one.row.tags)),
        help="the provider's tags",
    ),
    Column(
        "limit",
        "LIMIT",
        (5, 5, 5),
        8,
        lambda one, frame, width: Piece(compact(one.row.daily_limit), "soft"),
        lambda one, now: (-one.row.daily_limit,),
        right=True,
        help="e-mails it may send a day",
    ),
    Column(
        "warmup",
        "WARMUP",
        (7, 7, 7),
        6,
        _warmup,
        lambda one, now: (UNKNOWN_LAST if one.row.score is None else one.row.score,),
        right=True,
        help=f"whether it warms up, and the provider's score of 100; yellow under {COLD:.0f}; sorted by the lowest score",
    ),
    Column(
        "sent",
        "SENT",
        (5, 5, 6),
        5,
        lambda one, frame, width: Piece(compact(one.row.sent)),
        lambda one, now: (-one.row.sent,),
        right=True,
        help="e-mails it ever sent, by the provider's count",
    ),
    Column(
        "replied",
        "REPL",
        (5, 5, 6),
        11,
        lambda one, frame, width: Piece(compact(one.row.replied), "soft"),
        lambda one, now: (-one.row.replied,),
        right=True,
        help="replies it ever got",
    ),
    Column(
        "rate",
        "REPL%",
        (5, 5, 5),
        3,
        _rate,
        lambda one, now: _unknown_last(reply_rate(one.row.sent, one.row.replied)),
        right=True,
        help="replies of sent, in percent; unknown while nothing was sent",
    ),
    Column(
        "bounced",
        "BNC",
        (5, 5, 5),
        7,
        _bounced,
        lambda one, now: (-one.row.bounced,),
        right=True,
        help="e-mails that ever came back; yellow from 5 % of sent on",
    ),
    Column(
        "age",
        "AGE",
        (4, 4, 4),
        1,
        lambda one, frame, width: Piece(calm_age(one.row.known_at, frame.now), "faint"),
        lambda one, now: (one.row.known_at.timestamp(),),
        right=True,
        help="when this row was last known to be so; the oldest first",
    ),
)
