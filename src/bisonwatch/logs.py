"""Logging: JSON lines for machines, a bounded tail for the terminal, secrets masked before anything is written."""

from __future__ import annotations

import json
import logging
import re
import sys
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime

TAIL = 2000
MASK = "•••"

_OPENERS = re.compile(
    r"""
    (?P<before>
        \bbearer\s+
      | [?&;](?:signature|token|access_token|api_key|key|secret)=
      | ["'](?:webhooks_secret_key|oauth_access_token|plain_text_token|access_token|refresh_token|token|token_hash
              |api_key|password|signature|authorization)["']\s*:\s*["'](?:bearer\s+)?
    )
    [^\s"'&;<>]+
    | (?<![\w|]) \d{1,12} \| [A-Za-z0-9]{20,}
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""What opens a door wherever it stands, seen before or not: signed URLs, bearer tokens, keys of the provider's form."""


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line, already masked and free of control characters."""

    at: datetime
    level: str
    text: str
    workspace: str | None


class Redactor:
    """Replaces every secret in use by a mask, and whatever has the form of one.

    Secrets in use that are shorter than 6 characters are not worth the false matches.
    """

    def __init__(self) -> None:
        self._pattern: re.Pattern[str] | None = None
        self._secrets: set[str] = set()

    def learn(self, *secrets: str | None) -> None:
        self._secrets.update(secret for secret in secrets if secret and len(secret) >= 6)
        longest_first = sorted(self._secrets, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def __call__(self, text: str) -> str:
        known = self._pattern.sub(MASK, text) if self._pattern else text
        return _OPENERS.sub(lambda found: (found["before"] or "") + MASK, known)


redact = Redactor()


def _plain(record: logging.LogRecord) -> str:
    text = redact(record.getMessage())
    if record.exc_info and record.exc_info[1] is not None:
        text += f": {type(record.exc_info[1]).__name__}: {redact(str(record.exc_info[1]))}"
    return "".join(c if c.isprintable() else " " for c in text)[:4000]


class Tail(logging.Handler):
    """Keeps the newest lines in memory for the terminal's log panel."""

    def __init__(self, size: int = TAIL) -> None:
        super().__init__()
        self._lines: deque[LogLine] = deque(maxlen=size)

    def emit(self, record: logging.LogRecord) -> None:
        at = datetime.fromtimestamp(record.created, UTC)
        self._lines.append(
            LogLine(at, record.levelname.lower(), _plain(record), getattr(record, "workspace", None))
        )

    def newest(self, count: int) -> tuple[LogLine, ...]:
        lines = tuple(self._lines)
        return lines[-count:]


class JsonFormatter(logging.Formatter):
    """One JSON object a line: at, level, logger, message, and workspace where it is known."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, str] = {
            "at": datetime.fromtimestamp(record.created, UTC)
            .isoformat(timespec="milliseconds")
            .replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _plain(record),
        }
        if workspace := getattr(record, "workspace", None):
            entry["workspace"] = str(workspace)
        if record.exc_info and record.levelno >= logging.ERROR:
            entry["trace"] = redact(self.formatException(record.exc_info))
        return json.dumps(entry, ensure_ascii=False)


def start(*, to_stderr: bool, level: int = logging.INFO) -> Tail:
    """Set up logging for one process. With a terminal on screen nothing may reach stderr, so only the tail listens."""
    tail = Tail()
    root = logging.getLogger()
    root.setLevel(logging.WARNING)
    logging.getLogger("bisonwatch").setLevel(level)
    for handler in list(root.handlers):
        root.removeHandler(handler)
    root.addHandler(tail)
    if to_stderr:
        stream = logging.StreamHandler(sys.stderr)
        stream.setFormatter(JsonFormatter())
        root.addHandler(stream)
    return tail
