"""The two files a terminal may write: what was copied, and the trace of a crash. Readable by their owner only."""

from __future__ import annotations

import os
import tempfile
import traceback
from pathlib import Path

from bisonwatch.logs import redact


def write_private(name: str, text: str, folder: Path | None) -> Path | None:
    """Write `bisonwatch-NAME-….txt`; None when it cannot be written. In a folder of our own the name is fixed."""
    try:
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / f"{name}.txt"
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        else:
            handle, made = tempfile.mkstemp(prefix=f"bisonwatch-{name}-", suffix=".txt")
            path = Path(made)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError:
        return None
    return path


def write_trace(error: BaseException, folder: Path | None) -> Path | None:
    """The trace of a crash: no values of variables, and secrets masked."""
    text = redact("".join(traceback.format_exception(error)))
    return write_private("terminal-crash", text, folder)
