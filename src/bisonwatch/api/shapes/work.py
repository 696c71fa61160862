"""Runs, dead letters, the audit log; and what may be asked for."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Literal

from pydantic import BeforeValidator, ConfigDict, Field, JsonValue

from bisonwatch.api.shapes.base import Count, Day, Id, Moment, Page, Shape, Share, Wish
from bisonwatch.domain.backfill import Haste
from bisonwatch.domain.delivery import Source
from bisonwatch.domain.run import Job, Outcome, Part, RunState

WORKSPACE_WORD = r"^[^/\x00]+/[0-9]{1,18}$"


def _day(value: object) -> date:
    """A day as ISO 8601 writes it, and in no other way."""
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        raise ValueError("a day is written like 2026-11-22")
    return date.fromisoformat(value)


WrittenDay = Annotated[date, BeforeValidator(_day)]
Keys = Annotated[list[Annotated[str, Field(pattern=WORKSPACE_WORD)]], Field(min_length=1, max_length=5000)]


class Rows(Shape):
    read: Count
    written: Count
    unchanged: Count
    removed: Count


class Totals(Shape):
    """Of accounts, per instance and of the largest workspaces."""

    instances: dict[str, Count]
    workspaces: dict[str, Count]


class Run(Shape):
    """`from` and `to` are a backfill's days; `total` is null while it is not known."""

    model_config = ConfigDict(populate_by_name=True)
    id: Id
    job: Job
    instance: str | None
    workspace: Count | None
    name: str | None
    parts: list[Part]
    share: str | None
    asked_by: str
    state: RunState
    outcome: Outcome | None
    queued_at: Moment
    started_at: Moment | None
    finished_at: Moment | None
    from_: Annotated[Day | None, Field(alias="from")]
    to: Day | None
    took_s: Share | None
    done: Count
    total: Count | None
    rows: Rows
    requests: Count
    retries: Count
    workspaces: Count | None
    workspaces_failed: Count | None
    totals: Totals | None
    cancel_asked: bool
    error: str | None


class Reason(Shape):
    reason: str
    count: Count
    newest_at: Moment


class Letter(Shape):
    """A delivery that could not be processed."""

    id: Id
    state: Literal["dead", "waiting", "discarded", "done"]
    reason: str
    group: str
    attempts: Count
    received_at: Moment
    next_try_at: Moment | None
    ended_at: Moment | None
    instance: str
    workspace: Count | None
    type: str | None
    source: Source


class OpenedLetter(Letter):
    """`body` is the payload as it came, secrets masked; null when it is gone."""

    body: JsonValue


class Letters(Page[Letter]):
    """The newest first, with the counts of all that are meant."""

    total: Count
    waiting: Count
    reasons: list[Reason]


class ChangedLetter(Shape):
    """What became of a letter."""

    id: Id


class Deed(Shape):
    """One write that was asked for. `status` is null where its end is not known."""

    id: Id
    at: Moment
    who: str
    role: Literal["viewer", "operator"]
    address: str | None
    operation: str
    instance: str | None
    workspace: Count | None
    given: JsonValue
    outcome: Literal["done", "refused", "failed", "unknown"]
    status: Count | None
    ended_at: Moment | None
    error: str | None


class ResyncOne(Wish):
    """`only`: which parts; all where it is left out. An empty list is refused: nobody who means nothing gets everything."""

    only: Annotated[list[Part], Field(min_length=1)] | None = None


class Resync(ResyncOne):
    """`workspaces`: as `instance/id`; every one where none is named."""

    workspaces: Keys | None = None


class Check(Wish):
    """`workspaces`: as `instance/id`; every one where none is named."""

    workspaces: Keys | None = None


class Backfill(Wish):
    """Days, both included; `to` is today where it is not given. Without `workspaces` all that had a campaign then."""

    model_config = ConfigDict(populate_by_name=True)
    from_: Annotated[WrittenDay, Field(alias="from")]
    to: WrittenDay | None = None
    only: Annotated[list[Literal["sends", "replies", "metrics"]], Field(min_length=1)] | None = None
    pace: Haste = Haste.OFF_PEAK
    anew: bool = False
    workspaces: Keys | None = None
