"""What a person does with dead letters: look, replay after a fix, discard. The same for the command line and the terminal."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from bisonwatch import logs
from bisonwatch.bus import Bus, Topic
from bisonwatch.clock import Clock
from bisonwatch.domain.delivery import DeliveryState
from bisonwatch.domain.letter import EVERY_DEAD, Changed, Letter, Opened, Shelf, Wanted, WhyNot, id_range
from bisonwatch.domain.payload import pretty
from bisonwatch.errors import CallError, NotThere
from bisonwatch.store import letters
from bisonwatch.store.database import Database
from bisonwatch.store.tx import Tx

BATCH = 100
"""Letters changed in one transaction, so that deliveries never wait long."""
PAGE = 200
CANDIDATES = 5
_WAITING = Wanted(state=DeliveryState.PENDING)

Deed = Callable[[Tx, Sequence[UUID], datetime], Awaitable[frozenset[UUID]]]
Why = Callable[[Letter, bool], WhyNot]


class Letters:
    """Each call may be repeated: what is changed already is told, and left as it is."""

    def __init__(self, database: Database, bus: Bus, clock: Clock) -> None:
        self._database, self._bus, self._clock = database, bus, clock

    async def shelf(self, wanted: Wanted = EVERY_DEAD, limit: int = PAGE, after: UUID | None = None) -> Shelf:
        """The newest `limit`, or the next ones after one of them, and the counts of all."""
        async with self._database.read() as tx:
            last = await letters.states(tx, [after] if after else [])
            if after is not None and not last:
                raise NotThere(f"there is no delivery {after}", hint="after is what `next` gave")
            place = (last[0].received_at, last[0].id) if last else None
            return Shelf(
                tuple(await letters.page(tx, wanted, limit, place)),
                tuple(await letters.groups(tx, wanted)),
                await letters.count(tx, wanted),
                await letters.count(tx, _WAITING),
            )

    async def find(self, word: str) -> Letter:
        """The letter whose id is, or begins with, a word. Raises CallError when none or several do."""
        lowest, highest = id_range(word)
        async with self._database.read() as tx:
            found = await letters.beginning(tx, lowest, highest, CANDIDATES + 1)
        if len(found) == 1:
            return found[0]
        if not found:
            raise CallError(
                f"there is no letter '{word}'", hint="`bisonwatch letters list` shows those there are"
            )
        several = ", ".join(str(letter.id) for letter in found[:CANDIDATES])
        more = ", …" if len(found) > CANDIDATES else ""
        raise CallError(f"more than one letter begins with '{word}': {several}{more}")

    async def all_of(self, words: Sequence[str]) -> tuple[list[UUID], list[CallError]]:
        """The letters that words name, and what is wrong with the other words. Raises CallError for what is no id."""
        for word in words:
            id_range(word)
        found: list[UUID] = []
        wrong: list[CallError] = []
        for word in words:
            try:
                found.append((await self.find(word)).id)
            except CallError as error:
                wrong.append(error)
        return found, wrong

    async def body(self, letter: UUID) -> bytes | None:
        async with self._database.read() as tx:
            return await letters.body(tx, letter)

    async def open(self, letter: UUID) -> Opened | None:
        """A letter and its payload, made safe to show; None when there is no such delivery."""
        async with self._database.read() as tx:
            found = await letters.states(tx, [letter])
            content = await letters.body(tx, letter)
        if not found:
            return None
        lines = None if content is None else await asyncio.to_thread(pretty, content, logs.redact)
        return Opened(found[0], lines)

    async def states(self, ids: Sequence[UUID]) -> list[Letter]:
        """What became of deliveries."""
        found: list[Letter] = []
        async with self._database.read() as tx:
            for some in _batches(ids):
                found += await letters.states(tx, some)
        return found

    async def replay(self, which: Sequence[UUID] | Wanted) -> Changed:
        """Process again now: these, if dead, discarded or waiting for a later try; or all that are wanted, and what of it waits."""
        if not isinstance(which, Wanted):
            return await self._each(which, letters.replay, _not_replayed)
        told = await self._all(which, letters.replay, _not_replayed)
        if which.state is DeliveryState.DEAD:
            waiting = replace(which, state=DeliveryState.PENDING)
            told += await self._all(waiting, letters.replay, _not_replayed)
        return told

    async def discard(self, which: Sequence[UUID] | Wanted) -> Changed:
        """Put away: these, if dead or waiting for a later try; or all that are wanted and dead, since what waits may still succeed."""
        if isinstance(which, Wanted):
            return await self._all(which, letters.discard, _not_discarded)
        return await self._each(which, letters.discard, _not_discarded)

    async def _each(self, ids: Sequence[UUID], deed: Deed, why: Why) -> Changed:
        told = Changed()
        for some in _batches(list(dict.fromkeys(ids))):
            told += await self._some(some, deed, why)
        return told

    async def _all(self, wanted: Wanted, deed: Deed, why: Why) -> Changed:
        """Newest first, each letter once: what becomes dead again meanwhile is not taken again."""
        told, after = Changed(), None
        while True:
            async with self._database.read() as tx:
                some = await letters.next_of(tx, wanted, BATCH, after)
            if not some:
                return told
            after = some[-1]
            told += await self._some([number for _, number in some], deed, why)

    async def _some(self, ids: Sequence[UUID], deed: Deed, why: Why) -> Changed:
        async with self._database.write() as tx:
            changed = await deed(tx, ids, self._clock.now())
            left = [number for number in ids if number not in changed]
            became = {letter.id: letter for letter in await letters.states(tx, left)}
            held = await letters.held(tx, left)
        if changed:
            self._bus.publish(Topic.INBOX)
            self._bus.publish(Topic.CHANGED)
        refused = [
            (number, why(became[number], number in held) if number in became else WhyNot.MISSING)
            for number in left
        ]
        return Changed(tuple(number for number in ids if number in changed), tuple(refused))


def _batches(ids: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]


def _not_replayed(letter: Letter, held: bool) -> WhyNot:
    if letter.state is DeliveryState.DONE:
        return WhyNot.PROCESSED
    return WhyNot.WAITS if held else WhyNot.BODILESS


def _not_discarded(letter: Letter, _held: bool) -> WhyNot:
    if letter.state is DeliveryState.DONE:
        return WhyNot.PROCESSED
    return WhyNot.AWAY if letter.state is DeliveryState.DISCARDED else WhyNot.TRIED
