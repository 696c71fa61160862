"""What all shapes have in common, and the smallest of them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Generic, Literal, TypeAlias, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

T = TypeVar("T")
Count = Annotated[int, Field(ge=0)]
Share = Annotated[float, Field(ge=0)]
"""A fraction: 0.998, never percent."""
Moment: TypeAlias = datetime
Day: TypeAlias = date
Id: TypeAlias = UUID
Instance = Annotated[str, Field(min_length=1)]


class Shape(BaseModel):
    """Built when the document is asked for, and no earlier: answers do not need it."""

    model_config = ConfigDict(extra="forbid", defer_build=True)


class Wish(Shape):
    """A body."""

    model_config = ConfigDict(extra="forbid", defer_build=False)


class Page(Shape, Generic[T]):
    """Go on with `?after=` and what `next` says; null: that was the end. A page may be shorter than `limit` and have a next all the same."""

    items: list[T]
    next: str | None


class Alive(Shape):
    alive: bool


class Ready(Shape):
    """Where deliveries are kept now, and why not in the database."""

    ready: bool
    deliveries: Literal["database", "spool"] | None
    reason: str | None


class Problem(Shape):
    """RFC 9457: `title` says what is wrong and what would be right."""

    type: str
    title: str
    status: Annotated[int, Field(ge=400, le=599)]


class SaidProblem(Problem):
    """Of a word of the feed: also which error it is, so that a terminal elsewhere can raise the same one; not where the door refused."""

    kind: str = ""
    detail: str = ""
    hint: str | None = None


class Asked(Shape):
    """The runs that come of it; `GET /api/v1/runs/{id}` tells how each ended."""

    runs: list[Id]
