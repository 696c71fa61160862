"""What the two databases spell differently in a view; the views themselves are written once."""

from __future__ import annotations

from abc import ABC, abstractmethod


class Words(ABC):
    """Every method takes and gives SQL. On SQLite a moment is stored as microseconds and read as ISO 8601 text."""

    json: str
    """The type of a JSON value."""
    moment_type: str
    object: str
    """The function that makes a JSON object out of keys and values."""
    least: str
    greatest: str
    invoker_since: int | None
    """The server version from which a view can run with its reader's rights."""
    replaces_views: bool

    @abstractmethod
    def moment(self, column: str) -> str:
        """A stored moment, as other programs read it."""

    @abstractmethod
    def seconds_ago(self, seconds: int) -> str:
        """The stored form of the moment so long ago."""

    @abstractmethod
    def seconds_between(self, start: str, end: str) -> str:
        """A number with a fraction."""

    @abstractmethod
    def now(self) -> str:
        """The stored form of this moment."""

    @abstractmethod
    def latest(self, first: str, second: str) -> str:
        """The later of two moments that are known, else the one that is."""

    @abstractmethod
    def key(self, column: str) -> str:
        """A stored Id, as other programs read it."""

    @abstractmethod
    def text(self, column: str) -> str:
        """Stored bytes as text."""

    @abstractmethod
    def nested(self, column: str) -> str:
        """A stored JSON value inside a JSON object."""

    @abstractmethod
    def truth(self, column: str) -> str:
        """A stored boolean inside a JSON object."""

    @abstractmethod
    def number_in(self, column: str, key: str) -> str:
        """A whole number inside a stored JSON object."""

    def percent(self, part: str, whole: str) -> str:
        """Two decimals; NULL, not 0, where there is nothing to divide by."""
        return f"round(CAST(100.0 * {part} / nullif({whole}, 0) AS numeric), 2)"


class Sqlite(Words):
    json = "TEXT"
    moment_type = "TEXT"
    object = "json_object"
    least, greatest = "min", "max"
    invoker_since = None
    replaces_views = False

    def moment(self, column: str) -> str:
        seconds = f"strftime('%Y-%m-%dT%H:%M:%S', {column} / 1000000, 'unixepoch')"
        return f"{seconds} || printf('.%06dZ', {column} % 1000000)"

    def seconds_ago(self, seconds: int) -> str:
        return f"(CAST(strftime('%s', 'now') AS INTEGER) - {seconds}) * 1000000"

    def seconds_between(self, start: str, end: str) -> str:
        return f"(({end} - {start}) / 1000000.0)"

    def now(self) -> str:
        return "CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER) * 1000"

    def latest(self, first: str, second: str) -> str:
        return f"max(coalesce({first}, {second}), coalesce({second}, {first}))"

    def key(self, column: str) -> str:
        return " || '-' || ".join(
            f"substr(lower(hex({column})), {start}, {length})"
            for start, length in ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))
        )

    def text(self, column: str) -> str:
        return f"CAST({column} AS TEXT)"

    def nested(self, column: str) -> str:
        return f"json({column})"

    def truth(self, column: str) -> str:
        return f"json(CASE {column} WHEN 1 THEN 'true' WHEN 0 THEN 'false' ELSE 'null' END)"

    def number_in(self, column: str, key: str) -> str:
        return f"json_extract({column}, '$.{key}')"


class Postgres(Words):
    json = "jsonb"
    moment_type = "timestamptz"
    object = "jsonb_build_object"
    least, greatest = "least", "greatest"
    invoker_since = 15
    replaces_views = True

    def moment(self, column: str) -> str:
        return column

    def seconds_ago(self, seconds: int) -> str:
        return f"now() - interval '{seconds} seconds'"

    def seconds_between(self, start: str, end: str) -> str:
        return f"CAST(extract(epoch FROM {end} - {start}) AS double precision)"

    def now(self) -> str:
        return "now()"

    def latest(self, first: str, second: str) -> str:
        return f"greatest({first}, {second})"

    def key(self, column: str) -> str:
        return column

    def text(self, column: str) -> str:
        return f"convert_from({column}, 'UTF8')"

    def nested(self, column: str) -> str:
        return column

    def truth(self, column: str) -> str:
        return column

    def number_in(self, column: str, key: str) -> str:
        return f"CAST({column} ->> '{key}' AS bigint)"
