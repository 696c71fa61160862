"""Older rows that are one lead here: addresses that differ in case only, or two older names of one workspace."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bisonwatch.domain.adoption import OldLead, is_persons

_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Merged:
    """One lead of one or more rows. `beaten` are the other stages that persons gave it, newest first."""

    lead: OldLead
    beaten: tuple[str, ...] = ()


def merged(rows: Sequence[OldLead], also: Collection[str] = ()) -> Merged:
    """The row with a person's stage first, then one with a stage at all, then the newest; the others fill what it leaves empty.
    In whichever order the rows come, the result is the same.
    """

    def worth(row: OldLead) -> tuple[bool, bool, datetime, str]:
        return is_persons(row.stage, also), bool(row.stage), row.at or _NEVER, repr(row)

    best, *others = sorted(rows, key=worth, reverse=True)
    lead = best
    for other in others:
        lead = _filled(lead, other)
    persons = [row.stage for row in others if row.stage and is_persons(row.stage, also)]
    beaten = {stage.casefold(): stage for stage in reversed(persons)}
    beaten.pop((best.stage or "").casefold(), None)
    return Merged(lead, tuple(reversed(beaten.values())))


def _filled(lead: OldLead, other: OldLead) -> OldLead:
    """Each value by itself, the first that is there."""
    return replace(
        lead,
        answered_at=lead.answered_at or other.answered_at,
        texts={name: lead.texts[name] or value for name, value in other.texts.items()},
        numbers={
            name: value if lead.numbers[name] is None else lead.numbers[name]
            for name, value in other.numbers.items()
        },
    )
