"""What can be exported: each export's columns, with names and types that stay, and which rows are wanted. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.errors import CallError

Row = Sequence[object]
"""The values of a row, in the order of its export's columns; None where nothing is known."""


class Kind(StrEnum):
    """A column's type. MOMENT: in UTC, to the microsecond; DAY: a UTC day; UUID: as text outside; LIST: of texts."""

    TEXT = "text"
    UUID = "uuid"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    MOMENT = "moment"
    DAY = "day"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class Column:
    """`told`: sentences of ours, in which secrets in use are masked as in a log."""

    name: str
    kind: Kind
    told: bool = False


@dataclass(frozen=True, slots=True)
class Export:
    """`dated`: the column that `since` and `until` look at; None where rows have no time of their own."""

    name: str
    columns: tuple[Column, ...]
    dated: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)


def _columns(kinds: dict[str, Kind], told: Sequence[str] = ()) -> tuple[Column, ...]:
    return tuple(Column(name, kind, name in told) for name, kind in kinds.items())


def _all(kind: Kind, names: str) -> dict[str, Kind]:
    return dict.fromkeys(names.split(), kind)


_WORKSPACE = {"instance": Kind.TEXT, "workspace_id": Kind.INTEGER, "workspace_name": Kind.TEXT}

WORKSPACES = Export(
    "workspaces",
    _columns(
        _WORKSPACE
        | {"provider_name": Kind.TEXT, "active": Kind.BOOLEAN}
        | _all(Kind.INTEGER, "kpi_target daily_limit")
        | {"first_seen_at": Kind.MOMENT}
        | _all(Kind.INTEGER, "emails_sent_mtd opens_mtd replies_mtd interested_mtd bounces_mtd")
        | {"unsubscribes_mtd": Kind.INTEGER}
        | _all(Kind.MOMENT, "last_webhook_at last_poll_at verified_at")
    ),
)
LEADS = Export(
    "leads",
    _columns(
        _WORKSPACE
        | {"id": Kind.INTEGER}
        | _all(Kind.TEXT, "email first_name last_name company title phone state status")
        | _all(Kind.TEXT, "pipeline_stage stage_author")
        | _all(Kind.MOMENT, "contacted_at replied_at interested_at bounced_at unsubscribed_at")
        | _all(Kind.INTEGER, "campaign_id sender_email_id reply_id")
        | _all(Kind.MOMENT, "known_at updated_at")
    ),
)
ACCOUNTS = Export(
    "accounts",
    _columns(
        _WORKSPACE
        | {"id": Kind.INTEGER}
        | _all(Kind.TEXT, "email name status type provider reseller")
        | {"tags": Kind.LIST, "daily_limit": Kind.INTEGER, "warmup_enabled": Kind.BOOLEAN}
        | _all(Kind.INTEGER, "sent replied bounced opened unsubscribed interested contacted")
        | _all(Kind.INTEGER, "unique_replied unique_opened")
        | _all(Kind.MOMENT, "known_at seen_at")
    ),
)
EVENTS = Export(
    "events",
    _columns(
        _WORKSPACE
        | {"type": Kind.TEXT, "key": Kind.TEXT, "at": Kind.MOMENT, "source": Kind.TEXT}
        | _all(Kind.MOMENT, "seen_at logged_at webhook_at")
        | {"delivery_id": Kind.UUID, "subject": Kind.TEXT}
    ),
    "at",
)
METRICS = Export(
    "metrics",
    _columns(
        _WORKSPACE
        | {"day": Kind.DAY, "metric": Kind.TEXT}
        | _all(Kind.INTEGER, "counted reported")
        | {"reported_at": Kind.MOMENT}
    ),
    "day",
)
RUNS = Export(
    "runs",
    _columns(
        {"id": Kind.UUID, "job": Kind.TEXT}
        | _WORKSPACE
        | {"parts": Kind.LIST}
        | _all(Kind.INTEGER, "share shares")
        | _all(Kind.TEXT, "asked_by state outcome")
        | _all(Kind.MOMENT, "queued_at started_at finished_at")
        | _all(Kind.DAY, "first_day last_day")
        | _all(Kind.INTEGER, "done total rows_read rows_written rows_unchanged rows_removed")
        | _all(Kind.INTEGER, "requests retries workspaces workspaces_failed")
        | {"cancel_asked": Kind.BOOLEAN, "error": Kind.TEXT},
        told=("asked_by", "error"),
    ),
    "queued_at",
)

EXPORTS = {one.name: one for one in (WORKSPACES, LEADS, ACCOUNTS, EVENTS, METRICS, RUNS)}


@dataclass(frozen=True, slots=True)
class Window:
    """Which rows: of these workspaces (None: all), dated from `since` on and before `until`, at most `limit`."""

    workspaces: frozenset[WorkspaceKey] | None = None
    since: datetime | None = None
    until: datetime | None = None
    limit: int | None = None

    @property
    def first_day(self) -> date | None:
        """The day that `since` is in."""
        return self.since.astimezone(UTC).date() if self.since else None

    @property
    def last_day(self) -> date | None:
        """The last day of which a part is before `until`."""
        if self.until is None:
            return None
        return (self.until.astimezone(UTC) - timedelta(microseconds=1)).date()


def dated(export: Export, window: Window) -> Window:
    """The window, where the export can be asked so. Raises CallError."""
    if export.dated is None and (window.since or window.until):
        those = ", ".join(one.name for one in EXPORTS.values() if one.dated)
        raise CallError(f"{export.name} have no date to choose by", hint=f"since and until go with {those}")
    if window.since and window.until and window.since >= window.until:
        raise CallError("nothing lies between since and until: the first has to be the earlier one")
    return window
