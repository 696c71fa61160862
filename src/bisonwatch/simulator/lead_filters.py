"""The nested filters of the lead lists; what is not nested is ignored, as the provider does."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from datetime import date

from bisonwatch.simulator.records import Lead

Keep = Callable[[Lead], bool]

_COMPARE: dict[str, Callable[[int, int], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ">": operator.gt,
    ">=": operator.ge,
}
_COUNTS = {"emails_sent": "sent", "opens": "opened", "replies": "replied"}


def lead_filter(query: Iterable[tuple[str, str]], *, search: bool) -> Keep | None:
    """None where nothing is filtered. `search` off: that word is ignored."""
    tests: list[Keep] = []
    words = _nested(query)
    for name, values in words.items():
        if test := _test(name, values, words):
            tests.append(test)
    text = next((value for key, value in query if key == "search"), "").lower()
    if search and text:
        tests.append(
            lambda lead: text in f"{lead.first_name} {lead.last_name} {lead.email} {lead.company}".lower()
        )
    return (lambda lead: all(test(lead) for test in tests)) if tests else None


def _nested(query: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """`filters[created_at][value]` and `filters.created_at.value` are both `created_at.value`."""
    found: dict[str, list[str]] = {}
    for key, value in query:
        parts = [part for part in key.replace("[", ".").replace("]", "").split(".") if part]
        if len(parts) > 1 and parts[0] == "filters":
            named = [part for part in parts[1:] if not part.isdigit()]
            found.setdefault(".".join(named), []).append(value)
    return found


def _test(name: str, values: list[str], words: dict[str, list[str]]) -> Keep | None:
    field, _, part = name.partition(".")
    numbers = {int(value) for value in values if value.isdigit()}
    match field:
        case "lead_campaign_status":
            return lambda lead: any(one.status in values for one in lead.memberships.values())
        case "verification_statuses":
            return lambda lead: lead.status in values
        case "tag_ids":
            return lambda lead: any(tag.id in numbers for tag in lead.tags)
        case "excluded_tag_ids":
            return lambda lead: not any(tag.id in numbers for tag in lead.tags)
        case "without_tags":
            return (lambda lead: not lead.tags) if values[0] in ("1", "true") else None
        case _ if part == "value":
            sign = words.get(f"{field}.criteria", ["="])[0]
            return _compared(field, _COMPARE.get(sign, operator.eq), values[0])
        case _:
            return None


def _compared(field: str, compare: Callable[[int, int], bool], value: str) -> Keep | None:
    if field in _COUNTS and value.isdigit():
        word, number = _COUNTS[field], int(value)
        return lambda lead: compare(lead.tally[word], number)
    if field in ("created_at", "updated_at"):
        try:
            day = date.fromisoformat(value[:10]).toordinal()
        except ValueError:
            return None
        created = field == "created_at"
        return lambda lead: compare((lead.created_at if created else lead.updated_at).toordinal(), day)
    return None
