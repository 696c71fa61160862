"""Values that take a while to make, kept for a time: made once for all who ask, given while they are made anew, made again beforehand.

Ages are by the wall clock, since values outlive the process; waits are by the one that never goes back. Nothing here waits by itself:
whoever owns a memo asks `due_in` and begins what is due.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from bisonwatch.clock import Clock
from bisonwatch.errors import BisonwatchError
from bisonwatch.retry import Backoff

log = logging.getLogger(__name__)

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
NEVER = float("-inf")
_AGAIN = Backoff(first=2.0, most=60.0)
READ_LATELY_S = 60.0
"""What was read in the last minute is made anew as soon as news comes; the rest waits for its time, or for a reader."""


@dataclass(frozen=True, slots=True)
class Life:
    """Seconds. A value younger than `lives` is good; `ahead` of that end it is due to be made anew; older than `served` it is not given.

    `rest`: the least time between the beginnings of two makings, unless somebody asks for one.
    """

    lives: float
    ahead: float
    served: float
    rest: float = 5.0


@dataclass(frozen=True, slots=True)
class Kept(Generic[V]):
    """`made_at`: when its making began, so that everything known before is in it. `own`: made by this memo, not given to it."""

    value: V
    made_at: datetime
    own: bool = True


@dataclass(slots=True, eq=False)
class Entry(Generic[V]):
    """All that is known of one key. `marked`: news came after what is kept was made. Moments are monotonic seconds."""

    kept: Kept[V] | None = None
    marked: bool = False
    read_at: float = NEVER
    begun_at: float = NEVER
    retry_at: float = NEVER
    failures: int = 0
    error: BisonwatchError | None = None
    flight: Flight[V] | None = None
    missed: bool = False
    """What is kept could not be made anew before its end, which is told already."""


@dataclass(slots=True, eq=False)
class Flight(Generic[V]):
    """A value being made. `ending`: what it takes the place of, where that was about to end; None otherwise."""

    ending: Kept[V] | None
    began: datetime | None = None
    task: asyncio.Task[V] = field(init=False)


@dataclass(frozen=True, slots=True)
class Landed(Generic[V]):
    """How a making ended. `in_time`: whether what it replaces was still good; None where nothing was about to end."""

    kept: Kept[V] | None
    in_time: bool | None


class Memo(Generic[K, V]):
    """One per cache. `make` raises BisonwatchError; anything else it raises is a fault, logged and waited out like one."""

    def __init__(
        self,
        make: Callable[[K], Awaitable[V]],
        life: Callable[[K], Life],
        clock: Clock,
        *,
        most: int,
        landed: Callable[[K, Landed[V]], None] = lambda _key, _landed: None,
    ) -> None:
        self._make, self._life, self._clock = make, life, clock
        self._most, self._landed = most, landed
        self._entries: OrderedDict[K, Entry[V]] = OrderedDict()
        self._flying: set[asyncio.Task[V]] = set()

    def glance(self, key: K) -> Kept[V] | None:
        """What may be given at once, if anything. It is being made anew from now on when it is past its time, or news came."""
        entry = self._entries.get(key)
        if entry is None or entry.kept is None:
            return None
        life, old = self._life(key), self.age(entry.kept)
        if old >= life.served:
            return None
        now = entry.read_at = self._clock.monotonic()
        self._entries.move_to_end(key)
        if (entry.marked or old >= life.lives) and _may(entry, life, now):
            self._begin(key, entry)
        return entry.kept

    async def wait(self, key: K) -> Kept[V]:
        """What is being made, or is made now; nothing is tried while a failure is waited out. Raises what the making raised."""
        entry = self._entry(key)
        entry.read_at = self._clock.monotonic()
        if entry.flight is None:
            if entry.error is not None and entry.read_at < entry.retry_at:
                raise entry.error
            self._begin(key, entry)
        return await self._over(entry)

    async def anew(self, key: K) -> Kept[V]:
        """What was begun to be made after this was asked, whatever is kept. Raises what the making raised."""
        entry = self._entry(key)
        if entry.flight is not None and entry.flight.began is not None:
            await asyncio.wait({entry.flight.task})
        if entry.flight is None:  # else another who waited has begun the next
            self._begin(key, entry)
        return await self._over(entry)

    def begin(self, key: K) -> asyncio.Task[V]:
        """Make it now, unless it is being made."""
        entry = self._entry(key)
        if entry.flight is None:
            self._begin(key, entry)
        assert entry.flight is not None
        return entry.flight.task

    def due_in(self, key: K) -> float:
        """Seconds until it should be made anew; 0 or less: now. Endless while it is being made."""
        entry = self._entries.get(key)
        if entry is None:
            return NEVER
        if entry.flight is not None:
            return -NEVER
        life, now = self._life(key), self._clock.monotonic()
        due = NEVER if entry.kept is None else life.lives - life.ahead - self.age(entry.kept)
        if entry.marked and now - entry.read_at <= READ_LATELY_S:
            due = min(due, entry.begun_at + life.rest - now)
        return max(due, entry.retry_at - now)

    def mark(self, key: K) -> None:
        """News: what is kept, or is being made, may lack it."""
        entry = self._entries.get(key)
        if entry is not None:
            entry.marked = True

    def put(self, key: K, value: V, made_at: datetime) -> bool:
        """Take a value made elsewhere; False when what is kept is as new. A mark stays: nobody knows whether the news is in it."""
        entry = self._entries.get(key)
        if entry is not None and entry.kept is not None and entry.kept.made_at >= made_at:
            return False
        entry = self._entry(key)
        entry.kept, entry.missed = Kept(value, made_at, own=False), False
        return True

    def drop(self, key: K) -> bool:
        """Forget it, with what is being made of it; whether a value was kept."""
        entry = self._entries.pop(key, None)
        return entry is not None and entry.kept is not None

    def look(self, key: K) -> Entry[V] | None:
        """Without reading it."""
        return self._entries.get(key)

    def __iter__(self) -> Iterator[K]:
        """The keys, those read or made longest ago first."""
        return iter(tuple(self._entries))

    def age(self, kept: Kept[V]) -> float:
        return max(0.0, (self._clock.now() - kept.made_at).total_seconds())

    async def close(self) -> None:
        """Nothing is made any more."""
        flying = tuple(self._flying)
        for task in flying:
            task.cancel()
        await asyncio.gather(*flying, return_exceptions=True)

    def _entry(self, key: K) -> Entry[V]:
        entry = self._entries.get(key)
        if entry is None:
            entry = self._entries[key] = Entry()
            if len(self._entries) > self._most:
                self._entries.popitem(last=False)
        return entry

    async def _over(self, entry: Entry[V]) -> Kept[V]:
        """A reader who goes away leaves the making to the others."""
        flight = entry.flight
        assert flight is not None
        value = await asyncio.shield(flight.task)
        assert flight.began is not None
        return Kept(value, flight.began)

    def _begin(self, key: K, entry: Entry[V]) -> None:
        flight = entry.flight = Flight(self._ending(key, entry))
        entry.begun_at = self._clock.monotonic()
        flight.task = asyncio.create_task(self._fly(key, entry, flight), name=f"making {key}")
        self._flying.add(flight.task)
        flight.task.add_done_callback(lambda task: self._down(key, entry, flight, task))

    async def _fly(self, key: K, entry: Entry[V], flight: Flight[V]) -> V:
        """What is marked from here on may not be in the value."""
        flight.began, entry.marked = self._clock.now(), False
        return await self._make(key)

    def _down(self, key: K, entry: Entry[V], flight: Flight[V], task: asyncio.Task[V]) -> None:
        self._flying.discard(task)
        entry.flight = None
        if task.cancelled():
            return
        fault = task.exception()
        if fault is None:
            assert flight.began is not None
            self._keep(entry, Kept(task.result(), flight.began))
        else:
            self._fail(key, entry, fault)
        in_time = self._in_time(key, entry, flight, fault is None)
        self._landed(key, Landed(entry.kept if fault is None else None, in_time))

    def _keep(self, entry: Entry[V], made: Kept[V]) -> None:
        entry.failures, entry.error, entry.retry_at, entry.missed = 0, None, NEVER, False
        if entry.kept is None or made.made_at >= entry.kept.made_at:
            entry.kept = made

    def _fail(self, key: K, entry: Entry[V], fault: BaseException) -> None:
        """What is kept stays; it is tried again ever more rarely."""
        entry.failures += 1
        entry.marked = True
        entry.retry_at = self._clock.monotonic() + _AGAIN.wait(entry.failures)
        if isinstance(fault, BisonwatchError):
            entry.error = fault
        else:
            entry.error = BisonwatchError("it could not be made", hint="this is a bug; the log has more")
            log.error("making %s failed", key, exc_info=fault)

    def _ending(self, key: K, entry: Entry[V]) -> Kept[V] | None:
        """What was given to us may have ended while nobody could make it anew."""
        life, kept = self._life(key), entry.kept
        near = kept is not None and kept.own and self.age(kept) >= life.lives - life.ahead
        return kept if near and not entry.missed else None

    def _in_time(self, key: K, entry: Entry[V], flight: Flight[V], well: bool) -> bool | None:
        """Told once for each value that came to its end."""
        if flight.ending is None:
            return None
        in_time = well and self.age(flight.ending) < self._life(key).lives
        entry.missed = not well
        return in_time


def _may(entry: Entry[V], life: Life, now: float) -> bool:
    return entry.flight is None and now >= entry.retry_at and now >= entry.begun_at + life.rest
