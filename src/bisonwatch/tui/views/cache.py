"""The cache of datasets in sentences: all of it, the selected dataset, and the question before it is cleared."""

from __future__ import annotations

from bisonwatch.domain.cache_counts import CacheCounts
from bisonwatch.domain.cached import CacheStats
from bisonwatch.domain.freshness import Freshness
from bisonwatch.tui.format import ago, percent, plural, thousands
from bisonwatch.tui.frame import Frame
from bisonwatch.tui.lines import Line, Piece, cut, outside, paragraph, rule
from bisonwatch.tui.tables.cache import Cached, freshness_piece

_GOOD = (Freshness.FRESH, Freshness.WARNING)


def cache_lines(
    stats: CacheStats | None, trouble: str | None, frame: Frame, width: int, height: int
) -> list[Line]:
    """How many are kept and fresh, and what readers met."""
    if stats is None:
        asking = trouble or ("no engine runs yet" if frame.waiting else "asking…")
        return [(Piece(f" {asking}", "warn" if trouble else "faint"),)]
    piece = _sum(stats)
    lines = paragraph(piece.text, width - 2, min(2, height), piece.role)
    lines += [(Piece(f"as of before: {trouble}", "warn"),)] if trouble else []
    return [cut((Piece(" "), *line), width) for line in lines]


def _sum(stats: CacheStats) -> Piece:
    if not stats.entries:
        return Piece("There is no workspace yet.", "soft")
    fresh = sum(entry.freshness in _GOOD for entry in stats.entries)
    doubted = sum(entry.freshness is Freshness.WARNING for entry in stats.entries)
    kept = f"{thousands(fresh)} of {plural(len(stats.entries), 'dataset')} fresh"
    kept += f", {thousands(doubted)} of them with a warning" if doubted else ""
    kept += f"; {read(stats.hour)} in the last hour"
    return Piece(f"{kept}.", "ok" if fresh == len(stats.entries) else "warn")


def read(counts: CacheCounts) -> str:
    """`1,204 read, 99.8% without waiting`."""
    asked = counts.hits + counts.misses
    return (
        f"{thousands(asked)} read, {percent(counts.hit_rate)}% without waiting" if asked else "nothing read"
    )


def entry_lines(item: Cached | None, frame: Frame, width: int, height: int) -> list[Line]:
    """The selected one, whole."""
    if item is None:
        return []
    entry = item.entry
    name = Piece(f"{outside(item.row.name)} {entry.name.value}", "title")
    lines: list[Line] = [
        rule((name, Piece("  "), freshness_piece(entry.freshness, frame)), (), width, frame.glyphs.rule)
    ]
    lines += paragraph(_standing(item, frame), width - 2, 2, "ink")
    if entry.error is not None:
        tries = plural(entry.failures, "try", "tries")
        why = f"It could not be made anew ({tries}): {outside(entry.error, 500)}"
        lines += paragraph(why, width - 2, 2, "warn")
    for warning in entry.warnings[:1]:
        more = f" (and {len(entry.warnings) - 1} more)" if len(entry.warnings) > 1 else ""
        lines += paragraph(f"{frame.glyphs.warning} {outside(warning, 500)}{more}", width - 2, 1, "warm")
    for span, counts in (("Hour", entry.hour), ("Day", entry.day)):
        lines += paragraph(f"{span}: {_did(counts)}.", width - 2, 1, "soft")
    return [lines[0], *((Piece(" "), *line) for line in lines[1:height])]


def _standing(item: Cached, frame: Frame) -> str:
    entry = item.entry
    if entry.made_at is None:
        return "Nothing is kept that may be given: who reads it waits until it is made."
    news = "; something changed since, which the next making will have" if entry.waiting else ""
    return f"Made {ago(entry.made_at, frame.now)}{news}."


def _did(counts: CacheCounts) -> str:
    """What matters least comes last: a narrow line is cut."""
    due = counts.prefetched + counts.late
    ahead = f"; {thousands(due)} due, {percent(counts.prefetch_rate)}% ahead" if due else ""
    told = ((counts.failed, "failed"), (counts.stale, "stale"), (counts.refreshed, "made"))
    rest = ", ".join(f"{thousands(count)} {word}" for count, word in told if count)
    return f"{read(counts)}{ahead}" + (f"; {rest}" if rest else "")


def clear_question() -> list[Line]:
    return [
        (Piece("Clear the cache of datasets?", "strong"),),
        (),
        (Piece("Every dataset that is kept is thrown away, on every node, and made", "soft"),),
        (Piece("anew out of the mirror. Nothing in the mirror changes.", "soft"),),
    ]
