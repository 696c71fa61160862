"""The API log in sentences: all of it, the selected endpoint, and one endpoint by the hour."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bisonwatch.domain.api_log import EndpointCalls, EndpointHours, HourCalls
from bisonwatch.domain.span import Span
from bisonwatch.metrics import Ending
from bisonwatch.tui.charts import area, with_axis
from bisonwatch.tui.format import milliseconds, moment, plural, portion
from bisonwatch.tui.frame import Frame
from bisonwatch.tui.lines import EMPTY, Line, Piece, cut, outside, paragraph, rule
from bisonwatch.tui.tables.api_log import MANY, errors_piece, took_piece

SPANS = {Span.HOUR: "the last hour", Span.DAY: "24 hours", Span.FORTNIGHT: "14 days"}
HOUR = timedelta(hours=1)
_WORDS = {
    Ending.DENIED: "refused for the key (401, 403)",
    Ending.MISSING: "not there (404)",
    Ending.THROTTLED: "too many requests (429)",
    Ending.REFUSED: "refused (other 4xx)",
    Ending.FAILED: "failed there (5xx)",
    Ending.TIMEOUT: "no answer in time",
    Ending.BROKEN: "no connection, or a broken answer",
}


def calls_piece(items: Sequence[EndpointCalls], span: Span) -> Piece:
    """All of them in a sentence."""
    calls, errors = sum(one.calls for one in items), sum(one.errors for one in items)
    if not calls:
        return Piece(f"Nothing was asked of the provider in {SPANS[span]}.", "soft")
    throttled = sum(one.throttled for one in items)
    told = [f"{portion(errors / calls)}% ended badly" if errors else "all ended well"]
    told += [f"{plural(throttled, 'answer')} 429"] if throttled else []
    unsent = sum(one.unsent for one in items)
    told += [f"{unsent:,} held back here"] if unsent else []
    slowest = max((one for one in items if one.times), key=lambda one: one.times.p95 if one.times else 0.0)
    if slowest.times:
        told.append(f"slowest {outside(slowest.endpoint)} with p95 {milliseconds(slowest.times.p95)}")
    role = "crit" if errors / calls >= MANY else "warn" if errors or unsent else "ok"
    return Piece(f"{plural(calls, 'call')} in {SPANS[span]}: {', '.join(told)}.", role)


def endings_words(one: EndpointCalls) -> str:
    """How the others ended, the most frequent first."""
    wrong = sorted(
        (
            (one.endings[ending.value], words)
            for ending, words in _WORDS.items()
            if ending.value in one.endings
        ),
        reverse=True,
    )
    return ", ".join(f"{count:,} {words}" for count, words in wrong)


def endpoint_lines(one: EndpointCalls | None, frame: Frame, width: int, height: int) -> list[Line]:
    """The selected one, whole."""
    if one is None:
        return []
    title: Line = (Piece(outside(one.endpoint), "title"), Piece(f"  {outside(one.instance)}", "faint"))
    note: Line = (Piece("Enter", "key"), Piece(" opens", "soft"))
    lines = [rule(title, note, width, frame.glyphs.rule), cut(_times(one), width - 2)]
    wrong = endings_words(one)
    lines += paragraph(
        f"Ended badly: {wrong}." if wrong else "All ended well.", width - 2, 2, "warn" if wrong else "soft"
    )
    again = [f"{one.retries:,} of them asked again"] if one.retries else []
    again += [f"{one.unsent:,} more held back here"] if one.unsent else []
    lines += paragraph(f"{'; '.join(again)}.", width - 2, 1, "soft") if again else []
    return [lines[0], *((Piece(" "), *line) for line in lines[1:height])]


def _times(one: EndpointCalls) -> Line:
    figures: list[Piece] = [Piece(plural(one.calls, "call")), Piece("   errors ", "soft")]
    share = errors_piece(one)
    figures.append(Piece(f"{share.text}%" if one.calls else share.text, share.role))
    took = one.times
    for name, figure in (
        ("mean", took.mean if took else None),
        ("p50", took.p50 if took else None),
        ("p95", took.p95 if took else None),
        ("max", took.max if took else None),
    ):
        figures += [Piece(f"   {name} ", "soft"), took_piece(figure)]
    return tuple(figures)


def filled(hours: Sequence[HourCalls], now: datetime) -> list[HourCalls]:
    """Every hour from the first that is known to this one; of those without a call nothing is known."""
    if not hours:
        return []
    known = {hour.hour: hour for hour in hours}
    first = hours[0].hour
    last = max(hours[-1].hour, now.replace(minute=0, second=0, microsecond=0))
    every = (first + n * HOUR for n in range((last - first) // HOUR + 1))
    return [known.get(at) or HourCalls(at, 0, 0, 0, 0.0, 0.0) for at in every]


def hours_lines(
    found: EndpointHours | None, trouble: str | None, one: EndpointCalls, frame: Frame, width: int
) -> list[Line]:
    """One endpoint: how its calls ended, its hours as charts, and each of them."""
    lines: list[Line] = [cut((Piece(" "), *_times(one)), width)]
    wrong = endings_words(one)
    if wrong:
        lines += [(Piece(" "), *line) for line in paragraph(f"Ended badly: {wrong}.", width - 2, 3, "warn")]
    if trouble:
        lines.append((Piece(f" {trouble}", "warn"),))
    hours = filled(found.hours, frame.now) if found else []
    if not hours:
        told = "asking…" if found is None and not trouble else "no hour is kept of it yet"
        return [*lines, EMPTY, (Piece(f" {told}", "faint"),)]
    lines += _chart("calls by the hour", [float(hour.calls) for hour in hours], hours, frame, width)
    lines += _chart("errors by the hour", [float(hour.errors) for hour in hours], hours, frame, width)
    lines += _chart("p95 by the hour, milliseconds", [hour.p95 for hour in hours], hours, frame, width)
    lines += [EMPTY, rule((Piece("hours, the newest first", "title"),), (), width, frame.glyphs.rule)]
    return [*lines, *(_hour(hour, frame, width) for hour in reversed(hours) if hour.calls)]


def _chart(
    title: str, values: Sequence[float], hours: Sequence[HourCalls], frame: Frame, width: int
) -> list[Line]:
    if not any(values):
        return []
    body = area(values, max(10, min(width - 10, 120)), 4, frame.glyphs)
    ends = (moment(hours[0].hour, frame.now), "now")
    chart = [(Piece(" "), *line) for line in with_axis(body, max(*values, 1), ends, frame.glyphs)]
    return [EMPTY, rule((Piece(title, "title"),), (), width, frame.glyphs.rule), *chart]


def _hour(hour: HourCalls, frame: Frame, width: int) -> Line:
    when = hour.hour.strftime("%d %b %H:%M")
    errors = plural(hour.errors, "error") if hour.errors else ""
    throttled = f"{hour.throttled:,} of them 429" if hour.throttled else ""
    return cut(
        (
            Piece(f" {when}  ", "soft"),
            Piece(f"{hour.calls:>8,}"),
            Piece(f"  p50 {milliseconds(hour.p50):>6}", "soft"),
            Piece("  p95 ", "soft"),
            Piece(f"{milliseconds(hour.p95):>6}", took_piece(hour.p95).role),
            Piece(f"  {errors}  {throttled}".rstrip(), "warm"),
        ),
        width,
    )
