"""The words of a Feed, as its Protocol has them: which only read and which act, what each is given and what it answers."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, get_type_hints

from pydantic import BaseModel, ValidationError, create_model

from bisonwatch.domain.feed import Feed
from bisonwatch.protocol import sound
from bisonwatch.protocol.codec import Unreadable, encode, unreadable

READS = frozenset(
    {"preview", "letters", "letter", "accounts", "account", "runs", "run", "books", "history", "hooks"}
    | {"datasets", "dataset", "cache_stats", "api_log", "api_hours", "validation_log"}
)
"""For whoever may look."""
ACTS = frozenset(
    {
        "resync",
        "poll",
        "run_job",
        "replay",
        "discard",
        "confirm_absent",
        "again",
        "cancel_queued",
        "compare",
        "look",
        "mend",
        "fly",
        "cancel",
        "refresh_datasets",
        "clear_datasets",
        "backfill",
        "set_stage",
    }
)
"""For operators."""


@dataclass(frozen=True, slots=True)
class Word:
    """`given`: the parameters by name, with their type hints, in order; `answer`: the type hint of what it answers."""

    name: str
    summary: str
    given: Mapping[str, Any]
    answer: Any

    @property
    def acts(self) -> bool:
        return self.name not in READS


@cache
def words() -> Mapping[str, Word]:
    """Every word there is; one that stands in neither list is for operators."""
    found = inspect.getmembers(Feed, inspect.iscoroutinefunction)
    return {name: _word(name, method) for name, method in found}


def _word(name: str, method: Any) -> Word:
    hints = get_type_hints(method)
    answer = hints.pop("return")
    return Word(name, inspect.getdoc(method) or name, hints, answer)


def spoken(word: Word, given: tuple[object, ...]) -> bytes:
    """What is given to a word, as a JSON object by the names of its parameters."""
    pairs = zip(word.given.items(), given, strict=True)
    told = (b'"%b":%b' % (name.encode(), encode(value, hint)) for (name, hint), value in pairs)
    return b"{%b}" % b",".join(told)


def heard(word: Word, data: bytes) -> dict[str, object]:
    """What was given, by name and in order; no number stands for yes, no, or a moment. Raises Unreadable."""
    try:
        told = _listener(word.name).model_validate_json(sound.whole(data or b"{}"), strict=True)
    except ValidationError as error:
        raise unreadable(error) from None
    given = {name: getattr(told, name) for name in word.given}
    for name, value in given.items():
        if (why := sound.wrong(value)) is not None:
            raise Unreadable(f"{name}: {why}")
    return given


@cache
def _listener(name: str) -> type[BaseModel]:
    given: dict[str, Any] = {one: (hint, ...) for one, hint in words()[name].given.items()}
    return create_model(name, **given)
