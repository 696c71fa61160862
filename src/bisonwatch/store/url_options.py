"""The options at the end of a Postgres URL, as hosting firms print them, in the driver's words."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy.exc import ArgumentError

Options = Mapping[str, Any]

MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
OWN_ROOTS = Path("~/.postgresql/root.crt")
"""Where libpq looks, too, for whom to trust."""

_OURS = {"sslmode", "sslrootcert", "pgbouncer"}
_PASSED_ON = {"host", "port"}
KNOWN = _OURS | _PASSED_ON


def whereabouts(told: Options) -> dict[str, Any]:
    """What the driver takes out of the URL itself. Raises ArgumentError for an option that nobody knows.

    `pgbouncer=true`, which Supabase prints for other programs, says nothing that we do not see.
    """
    for name in sorted(told.keys() - KNOWN):
        raise ArgumentError(f"its option '{name}' is not known; sslmode, sslrootcert, host and port are")
    return {name: value for name, value in told.items() if name in _PASSED_ON}


def tls(told: Options) -> dict[str, Any]:
    """How the line is encrypted; `prefer` where nothing is said. Raises ArgumentError for a mode or a file that does not exist."""
    mode = str(told.get("sslmode", "prefer"))
    if mode not in MODES:
        raise ArgumentError(f"its sslmode '{mode}' is not known; {', '.join(MODES)} are")
    if not mode.startswith("verify"):
        return {"ssl": mode} if "sslmode" in told else {}
    context = ssl.create_default_context(cafile=_roots(told))
    context.check_hostname = mode == "verify-full"
    return {"ssl": context}


def _roots(told: Options) -> str | None:
    """The certificates that are trusted: those named, else the user's own for Postgres, else the machine's."""
    if "sslrootcert" not in told:
        return str(OWN_ROOTS.expanduser()) if OWN_ROOTS.expanduser().exists() else None
    file = Path(str(told["sslrootcert"])).expanduser()
    if not file.is_file():
        raise ArgumentError(f"its sslrootcert '{file}' is not a file")
    return str(file)
