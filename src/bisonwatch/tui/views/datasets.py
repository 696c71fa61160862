"""The four datasets of a workspace, readable. What they hold is plain data: whatever is missing or of another kind is a dash."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from math import isfinite

from bisonwatch.domain.cached import DatasetsOf, Envelope
from bisonwatch.domain.dataset import DatasetName
from bisonwatch.domain.status import Json
from bisonwatch.tui.format import NONE, ago, plural, portion, roughly, spark, squeeze, thousands
from bisonwatch.tui.frame import Frame
from bisonwatch.tui.lines import EMPTY, Line, Piece, cut, fit, outside, paragraph, rule
from bisonwatch.tui.tables.cache import freshness_piece

Values = Mapping[str, Json]
_NONE: Values = {}
TITLES = {
    DatasetName.KPI: "KPI",
    DatasetName.VOLUME: "volume",
    DatasetName.REVENUE: "revenue",
    DatasetName.INFRASTRUCTURE: "infrastructure",
}
SPANS = (
    ("today", "today"),
    ("7 days", "last_7_days"),
    ("30 days", "last_30_days"),
    ("month", "month"),
    ("last month", "last_month"),
)
METRICS = ("sent", "replied", "interested", "bounced", "unsubscribed")
RATES = (("reply rate", "reply"), ("bounce rate", "bounce"))
_COUNTED = ("accounts", "connected", "disconnected", "capacity")
MOST = 10
_PRICE = re.compile(r"-?\d{1,15}(\.\d{1,20})?", re.ASCII)
"""What is no price is shown as it came: `1E999999` would be digits without end."""


def datasets_lines(told: DatasetsOf | None, trouble: str | None, frame: Frame, width: int) -> list[Line]:
    """One under the other."""
    if told is None:
        asking = trouble or ("no engine runs yet" if frame.waiting else "asking…")
        return [EMPTY, (Piece(f" {asking}", "warn" if trouble else "faint"),)]
    lines: list[Line] = [(Piece(f" as of before: {trouble}", "warn"),)] if trouble else []
    for envelope in told.datasets:
        lines += [*_head(envelope, frame, width), *_body(envelope, frame, width), EMPTY]
    return [cut(line, width) for line in lines]


def _head(envelope: Envelope, frame: Frame, width: int) -> list[Line]:
    """Name, freshness, age and source; what is suspicious; why it could not be made anew."""
    made = f"made {ago(envelope.made_at, frame.now)} ({envelope.source.value})" if envelope.made_at else ""
    title = (Piece(TITLES[envelope.name], "title"), Piece("  "), freshness_piece(envelope.freshness, frame))
    lines = [rule(title, (Piece(made, "faint"),) if made else (), width, frame.glyphs.rule)]
    told = [(f"{frame.glyphs.warning} {outside(text, 500)}", "warm") for text in envelope.warnings]
    if envelope.error is not None:
        again = f"; tried again {_soon(envelope, frame)}" if envelope.retry_at else ""
        told.append((f"it could not be made: {outside(envelope.error, 500)}{again}", "warn"))
    for text, role in told:
        lines += [(Piece(" "), *line) for line in paragraph(text, width - 2, 3, role)]
    return lines


def _soon(envelope: Envelope, frame: Frame) -> str:
    wait = (envelope.retry_at - frame.now).total_seconds() if envelope.retry_at else 0.0
    return f"in {roughly(wait)}" if wait >= 1 else "now"


def _body(envelope: Envelope, frame: Frame, width: int) -> list[Line]:
    return _BODIES[envelope.name](envelope.value, frame, width) if envelope.value is not None else []


def _kpi(value: Values, frame: Frame, width: int) -> list[Line]:
    spans = SPANS if width >= 72 else (SPANS[0], SPANS[3]) if width < 48 else SPANS[1:]
    lines = [_row("", [Piece(title, "soft") for title, _ in spans])]
    lines += [
        _row(name, [_count(_at(value, span, "shown").get(name)) for _, span in spans]) for name in METRICS
    ]
    lines += [
        _row(label, [_percent(_at(value, span, "rates").get(name)) for _, span in spans])
        for label, name in RATES
    ]
    return [*lines, *_goal(_at(value, "goal"), width)]


def _goal(goal: Values, width: int) -> list[Line]:
    if _number(goal.get("target")) is None:
        return []
    told = (
        f"target {_said(goal.get('target'))}: {_said(goal.get('interested'))} so far ({_share(goal.get('progress'))}),"
        f" {_decimal(goal.get('per_day'))} a day, {_decimal(goal.get('needed_per_day'))} a day needed,"
        f" on pace for {_said(goal.get('projected'))}"
    )
    target, end = _number(goal.get("target")), _number(goal.get("projected"))
    behind = target is not None and end is not None and end < target
    return _sentence(told, width, "warm" if behind else "ink")


def _volume(value: Values, frame: Frame, width: int) -> list[Line]:
    days = _list(value.get("days"))
    today, tomorrow = (_at(value, f"scheduled_{day}").get("n") for day in ("today", "tomorrow"))
    lines = _sentence(
        f"{_said(value.get('capacity'))} a day may be sent; {_used(value, days)};"
        f" {_said(today)} scheduled today, {_said(tomorrow)} tomorrow",
        width,
    )
    sent = [_number(day.get("sent")) or 0.0 for day in days]
    if sent:
        drawn = spark(squeeze(sent, max(1, min(len(sent), width - 14))), frame.glyphs)
        lines.append((Piece(f" {'sent':<11} ", "soft"), Piece(drawn, "trend")))
    lines.append(_row("", [Piece(title, "soft") for title in ("sent", "capacity", "used")]))
    for day in days[-7:]:
        cells = [_count(day.get("sent")), _count(day.get("capacity")), _percent(day.get("utilisation"))]
        lines.append(_row(_text(day.get("day")), cells))
    return lines


def _used(value: Values, days: Sequence[Values]) -> str:
    """Over how few days, too: what could be sent is kept from the first day of bisonwatch on, what was sent is known from before."""
    both = [day for day in days if None not in (_number(day.get("sent")), _number(day.get("capacity")))]
    told = _share(value.get("utilisation"))
    return f"{told} of it was, over {plural(len(both), 'day')}" if both else f"{told} of it was"


def _revenue(value: Values, frame: Frame, width: int) -> list[Line]:
    """Amounts are texts, exact, and shown to their last digit."""
    terms, spans = _at(value, "terms"), [_at(value, name) for name in ("month", "projected")]
    currency = _text(terms.get("currency")) if terms else ""
    lines = [_row(currency, [Piece(title, "soft") for title in ("month", "projected")])]
    lines.append(_row("leads", [_count(span.get("leads")) for span in spans]))
    lines += [
        _row(name, [_amount(span.get(name)) for span in spans]) for name in ("revenue", "cost", "profit")
    ]
    lines.append(_row("margin", [_percent(span.get("margin")) for span in spans]))
    return lines


def _infrastructure(value: Values, frame: Frame, width: int) -> list[Line]:
    warmup, every = _at(value, "warmup"), _at(value, "accounts")
    titles = ("accounts", "connected", "lost", "a day", "reply", "bounce")
    lines = [_row("", [Piece(title, "soft") for title in titles]), _group("all", every)]
    for kind in ("providers", "resellers"):
        found = _list(value.get(kind))
        lines += [_group(_text(one.get("name")), one) for one in found[:MOST]]
    lines += _sentence(
        f"warm-up on for {_said(warmup.get('enabled'))}, off for {_said(warmup.get('disabled'))};"
        f" {_said(value.get('held'))} held, {_said(value.get('removed'))} removed",
        width,
    )
    lost = _list(value.get("disconnected"))
    for one in lost[:MOST]:
        lines.append((Piece(f" {frame.glyphs.critical} ", "crit"), Piece(_text(one.get("email")))))
    more = (_number(every.get("disconnected")) or 0) - min(len(lost), MOST)
    if more > 0:
        lines.append((Piece(f"   and {thousands(int(more))} more", "faint"),))
    return lines


_BODIES: Mapping[DatasetName, Callable[[Values, Frame, int], list[Line]]] = {
    DatasetName.KPI: _kpi,
    DatasetName.VOLUME: _volume,
    DatasetName.REVENUE: _revenue,
    DatasetName.INFRASTRUCTURE: _infrastructure,
}


def _group(name: str, of: Values) -> Line:
    counts = [_count(of.get(key)) for key in _COUNTED]
    return _row(name, [*counts, _percent(of.get("reply_rate")), _percent(of.get("bounce_rate"))])


def _row(label: str, cells: Sequence[Piece]) -> Line:
    return (
        Piece(f" {fit(label, 13)}", "soft"),
        *(Piece(fit(cell.text, 11, right=True), cell.role) for cell in cells),
    )


def _sentence(text: str, width: int, role: str = "ink") -> list[Line]:
    return [(Piece(" "), *line) for line in paragraph(text, width - 2, 3, role)]


def _at(value: Values, *path: str) -> Values:
    for name in path:
        below = value.get(name)
        value = below if isinstance(below, Mapping) else _NONE
    return value


def _list(value: Json) -> list[Values]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        return []
    return [one for one in value if isinstance(one, Mapping)]


def _number(value: Json) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if isfinite(value) else None


def _text(value: Json) -> str:
    return outside(value, 200) if isinstance(value, str) else NONE


def _said(value: Json) -> str:
    number = _number(value)
    return NONE if number is None else thousands(int(number))


def _decimal(value: Json) -> str:
    number = _number(value)
    return NONE if number is None else f"{number:,.1f}"


def _share(value: Json) -> str:
    number = _number(value)
    return NONE if number is None else f"{portion(number)}%"


def _count(value: Json) -> Piece:
    return Piece(_said(value), "faint" if _number(value) is None else "ink")


def _percent(value: Json) -> Piece:
    """A share, or the text of one."""
    try:
        number = _number(float(value) if isinstance(value, str) else value)
    except ValueError:
        number = None
    return Piece(_share(number), "faint" if number is None else "crit" if number < 0 else "ink")


def _amount(value: Json) -> Piece:
    text = _text(value)
    told = f"{Decimal(text):,f}" if _PRICE.fullmatch(text) else text
    return Piece(told, "faint" if text == NONE else "crit" if text.startswith("-") else "ink")
