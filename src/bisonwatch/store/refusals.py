"""What the databases' error codes mean for us, and what a person can do about each."""

from __future__ import annotations

from dataclasses import dataclass

from bisonwatch.errors import StoreBarred, StoreBusy, StoreConflict, StoreError, StoreUnavailable


@dataclass(frozen=True, slots=True)
class Refusal:
    """`code` is a code or how it begins. `hint` says what to do; None where trying again is all there is.

    `narrow`: it may be about a few rows only (a lock, a time limit, another program's trigger).
    """

    code: str
    kind: type[StoreError]
    hint: str | None = None
    narrow: bool = False


# What says nothing about the data must never be counted against a delivery: only StoreError itself does that.
_KNOWN = (
    Refusal("40P01", StoreConflict),
    Refusal("40001", StoreConflict),
    Refusal("28P01", StoreBarred, "check user and password in its URL"),
    Refusal("28", StoreBarred, "check the user and sslmode in its URL, and the server's pg_hba.conf"),
    Refusal("3D000", StoreBarred, "make it with CREATE DATABASE, or name another in the URL"),
    Refusal("42501", StoreBarred, "docs/postgres.md names the rights the role needs", narrow=True),
    Refusal("42", StoreBarred, "was the schema changed? `bisonwatch db status` compares it", narrow=True),
    Refusal("3F000", StoreBarred, "check the schema's name, and run `bisonwatch db upgrade`"),
    Refusal("08P01", StoreBarred, "a pooler says so: check user and database in its URL"),
    Refusal("53300", StoreUnavailable, "use a smaller database.pool, a pooler, or raise max_connections"),
    Refusal("53100", StoreUnavailable, "free space on the database's machine"),
    Refusal("25006", StoreUnavailable, "its URL has to lead to the primary, not to a replica"),
    Refusal("25P03", StoreUnavailable, "it heard nothing from us in the middle of a transaction"),
    Refusal("55P03", StoreUnavailable, "another program holds a lock; try again", narrow=True),
    Refusal("57014", StoreUnavailable, "a time limit, or a person, stopped it; try again", narrow=True),
    Refusal("08", StoreUnavailable),
    Refusal("53", StoreUnavailable),
    Refusal("57", StoreUnavailable),
    Refusal("58", StoreUnavailable),
    Refusal("SQLITE_CANTOPEN", StoreBarred, "is it a file, in a folder that we may write to?"),
    Refusal("SQLITE_PERM", StoreBarred, "check who owns the file"),
    Refusal("SQLITE_READONLY", StoreBarred, "make the file and its folder writable"),
    Refusal("SQLITE_NOTADB", StoreBarred, "it is no SQLite file; name another in the URL"),
    Refusal("SQLITE_CORRUPT", StoreBarred, "the file is damaged; put a backup in its place"),
    Refusal("SQLITE_FULL", StoreUnavailable, "free space on its disk"),
    Refusal("SQLITE_BUSY", StoreBusy, "another program is writing to it; try again"),
)


def refusal(code: str | None) -> Refusal | None:
    """What is known about a SQLSTATE, or about the name of an SQLite error."""
    return next((known for known in _KNOWN if (code or "").startswith(known.code)), None)
