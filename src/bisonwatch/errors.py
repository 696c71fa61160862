"""Every error bisonwatch raises on purpose.

    BisonwatchError
    ├── ConfigError            the operator's file or environment is wrong          exit 2
    ├── CallError              the command cannot be carried out as it was asked    exit 2
    │   ├── NotThere           what it is about does not exist, or no more
    │   │   └── UnknownWorkspace  no workspace, or more than one, answers to that word
    │   └── UnderWay           it is queued, running or done already
    ├── StartError             a part cannot start (port in use, file not writable) exit 1
    ├── StoreError             our own database
    │   ├── StoreUnavailable   it does not answer; nothing was written
    │   │   ├── StoreBarred    it answers, but not to us: password, rights, version; a person has to act
    │   │   └── StoreBusy      another program writes to the SQLite file for longer than we wait
    │   ├── StoreConflict      two writers met (deadlock, serialization); trying again is right
    │   ├── StoreNewer         its schema is newer than this code
    │   ├── StoreOlder         its schema waits for `bisonwatch db upgrade`
    │   └── LeaseLost          another node holds the lease; the write was refused
    ├── ProviderError          Email Bison
    │   ├── ProviderUnreachable  no answer, a time-out, or a broken one (5xx, HTML)
    │   ├── ProviderBusy         429, or our own pace or breaker says wait
    │   ├── KeyRejected          401 or 403: host and key do not match
    │   │   └── RecordElsewhere  403 for one object: another workspace has it; the key is good
    │   ├── RecordMissing        404 for one object
    │   ├── RouteMissing         404 for a route this instance does not have
    │   ├── RequestRefused       400, 405, 422, any other 4xx, or 200 with success: false
    │   └── WrongWorkspace       the key answers for another workspace than it should
    ├── DaemonError            a daemon elsewhere, that we are attached to
    │   ├── DaemonUnreachable    nothing answers there, or the line broke
    │   ├── DaemonBarred         it does not take our token for this            exit 2
    │   └── DaemonForeign        what answers is no daemon of ours, or one of another version
    ├── DatasetInvalid         what was made of the mirror for readers cannot be true: neither stored nor shown
    ├── UnreadableEvent        a delivery's body cannot be understood: a dead letter
    └── OwnFault               our own code failed on a delivery: tried again, since an upgrade may cure it

A class's docstring is its default message. Foreign errors (SQLAlchemy, httpx, OSError) are translated once, at the door
they come through, and never reach a user as a traceback.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple


class BisonwatchError(Exception):
    """Something went wrong."""

    exit_code = 1

    def __init__(self, message: str | None = None, *, hint: str | None = None) -> None:
        self.message = message or (self.__doc__ or "").strip()
        self.hint = hint
        super().__init__(self.message)

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


class ConfigError(BisonwatchError):
    """The configuration is not valid."""

    exit_code = 2


class CallError(BisonwatchError):
    """The command cannot be carried out as it was asked."""

    exit_code = 2


class NotThere(CallError):
    """There is no such thing."""


class UnderWay(CallError):
    """That is being done already."""


class UnknownWorkspace(NotThere):
    """No workspace answers to that name."""


class StartError(BisonwatchError):
    """A part of bisonwatch cannot start."""


class StoreError(BisonwatchError):
    """The database refused."""

    def __init__(
        self,
        message: str | None = None,
        *,
        hint: str | None = None,
        said: str | None = None,
        narrow: bool = False,
    ) -> None:
        super().__init__(message, hint=hint)
        self.said = said
        """The database's own words, without where it is."""
        self.narrow = narrow
        """It may be about a few rows only, such as those that somebody else has locked: the others are worth a try."""


class StoreUnavailable(StoreError):
    """The database does not answer."""


class StoreBarred(StoreUnavailable):
    """The database does not let us in."""


class StoreBusy(StoreUnavailable):
    """Another program is writing to the database."""


class StoreConflict(StoreError):
    """Two writers met in the database; nothing was written."""


class StoreNewer(StoreError):
    """The database was made by a newer bisonwatch."""


class StoreOlder(StoreError):
    """The database waits for an upgrade."""


class LeaseLost(StoreError):
    """Another node took the lease."""


class ProviderError(BisonwatchError):
    """Email Bison did not answer as expected."""


class ProviderUnreachable(ProviderError):
    """Email Bison cannot be reached."""


class ProviderBusy(ProviderError):
    """Email Bison asks us to wait."""

    def __init__(
        self, message: str | None = None, *, hint: str | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class KeyRejected(ProviderError):
    """Email Bison rejected the key."""


class RecordElsewhere(KeyRejected):
    """That object is in another workspace of Email Bison."""


class RecordMissing(ProviderError):
    """Email Bison does not have that object."""

    known_at: datetime | None = None
    """The moment before the request, in the provider's clock; None where nothing was asked."""


class RouteMissing(ProviderError):
    """This Email Bison instance does not have that route."""


class RequestRefused(ProviderError):
    """Email Bison refused the request."""

    def __init__(
        self, message: str | None = None, *, hint: str | None = None, status: int | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        """The answer's status, which may be 200; None where nothing was asked."""


class WrongWorkspace(ProviderError):
    """The key answers for another workspace."""


class DaemonError(BisonwatchError):
    """The daemon did not answer as expected."""


class DaemonUnreachable(DaemonError):
    """The daemon cannot be reached."""


class DaemonBarred(DaemonError):
    """The daemon does not take this token."""

    exit_code = 2


class DaemonForeign(DaemonError):
    """What answers there is no bisonwatch of this version."""


class Flaw(NamedTuple):
    """What cannot be true in a made value: the dataset, the field by its dotted path, and why."""

    source: str
    field: str
    reason: str


class DatasetInvalid(BisonwatchError):
    """A dataset that was made of the mirror cannot be true."""

    def __init__(self, message: str | None = None, *, flaws: Sequence[Flaw] = ()) -> None:
        super().__init__(message)
        self.flaws = tuple(flaws)


class UnreadableEvent(BisonwatchError):
    """The delivery's body cannot be understood."""


class OwnFault(BisonwatchError):
    """A fault in bisonwatch itself."""
