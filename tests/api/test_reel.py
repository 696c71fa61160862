"""The reel: one frame for all readers, and no reader is waited for."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bisonwatch.api import reel as reeling
from bisonwatch.api.reel import KEEP_ALIVE, LINGER_S, QUIET_S, STALL_S, TURN, Reader, Reel
from bisonwatch.bus import Bus, Topic
from bisonwatch.domain.snapshot import Snapshot
from bisonwatch.protocol.pictures import Reading
from bisonwatch.protocol.sse import Parser
from tests.support.clock import ManualClock, settle
from tests.tui.world import snapshot


class House:
    """A reel over a picture that tests change; `cut` holds the readers that were cut off."""

    def __init__(self) -> None:
        self.shown, self.clock, self.bus = snapshot(), ManualClock(), Bus()
        self.reel = Reel(lambda: self.shown, self.bus, self.clock, "boot")
        self.cut: list[str] = []

    def join(self, after: str | None = None, name: str = "r") -> tuple[Reader, bytes]:
        return self.reel.join(after, lambda: self.cut.append(name))

    async def draw(self, **changes: object) -> Snapshot:
        self.shown = replace(self.shown, number=self.shown.number + 1, **changes)  # type: ignore[arg-type]
        await self.reel.once()
        return self.shown

    def read(self, reader: Reader) -> list[bytes]:
        found = []
        while (data := self.reel.take(reader)) is not None:
            found.append(data)
        return found


def last(*data: bytes) -> Snapshot | None:
    reading, parser = Reading(), Parser()
    for piece in data:
        for message in parser.take(piece):
            reading.take(message)
    return reading.picture


async def test_a_newcomer_gets_the_whole_picture_and_then_what_changes() -> None:
    """However many draw in between; all share the same bytes."""
    house = House()
    first, told = house.join()
    await house.draw(score=5)
    second, told_later = house.join()
    await house.draw(score=6)
    a, b = house.read(first), house.read(second)
    assert last(told, *a) == last(told_later, *b) == house.shown
    assert told_later is told
    assert all(mine is theirs for mine, theirs in zip(a, b, strict=True))


async def test_the_whole_picture_is_encoded_anew_after_a_while() -> None:
    """So that a newcomer does not read through all that happened since somebody else came."""
    house = House()
    _, told = house.join()
    for score in range(TURN + 1):
        await house.draw(score=score)
    late, told_later = house.join()
    assert (told_later is told, house.read(late)) == (False, [])
    assert last(told_later) == house.shown


async def test_who_was_cut_off_goes_on_where_it_was() -> None:
    """After the newest picture, or any that is kept; nothing twice and nothing left out."""
    house = House()
    house.join()
    before = house.shown
    middle = await house.draw(score=5)
    await house.draw(score=6)
    again, told = house.join(f"boot.{middle.number}")
    assert (told, len(house.read(again))) == (b"", 1)
    first, told = house.join(f"boot.{before.number}")
    assert (told, len(house.read(first))) == (b"", 2)
    newest, told = house.join(f"boot.{house.shown.number}")
    assert (told, house.read(newest)) == (b"", [])


@pytest.mark.parametrize("after", ["other.7", "boot.6", "boot.-1", "boot.x", "", "boot", "boot.7.7", "é"])
async def test_who_comes_with_another_id_gets_the_whole_picture(after: str) -> None:
    """Of an earlier start, too old, or nonsense."""
    house = House()
    house.join()
    await house.draw(score=5)
    _, told = house.join(after)
    assert told.startswith(b"event: snapshot")


async def test_a_reader_that_falls_behind_is_lost_and_the_reel_stays_small(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its next frame is not kept for it: neither by count nor by size."""
    monkeypatch.setattr(reeling, "FRAMES", 4)
    house = House()
    slow, _ = house.join()
    quick, _ = house.join()
    for score in range(6):
        await house.draw(score=score)
        house.read(quick)
    assert (house.reel.lost(slow), house.reel.lost(quick)) == (True, False)
    with pytest.raises(LookupError):
        house.reel.take(slow)
    monkeypatch.setattr(reeling, "BYTES", 200)
    await house.draw(score=50)
    behind, told = house.join(f"boot.{house.shown.number - 3}")
    assert told.startswith(b"event: snapshot")
    assert not house.reel.lost(behind)


async def test_silence_is_broken_by_a_comment() -> None:
    """After 15 s without a picture, and no sooner; it is nothing to resume after."""
    house = House()
    reader, told = house.join()
    await house.clock.advance(QUIET_S - 1)
    await house.reel.once()
    assert house.read(reader) == []
    await house.clock.advance(1)
    await house.reel.once()
    await house.reel.once()
    assert house.read(reader) == [KEEP_ALIVE]
    await house.draw(score=5)
    assert last(told, KEEP_ALIVE, *house.read(reader)) == house.shown


async def test_a_reader_that_takes_nothing_is_cut_off() -> None:
    """One that goes on taking is not, however slow."""
    house = House()
    (stuck, _), (slow, _) = house.join(name="stuck"), house.join(name="slow")
    for reader in (stuck, slow):
        house.reel.write(reader, True)
    await house.clock.advance(STALL_S - 1)
    house.reel.write(slow, False)
    house.reel.write(slow, True)
    await house.draw(score=5)
    assert house.cut == []
    await house.clock.advance(2)
    await house.draw(score=6)
    assert (house.cut, stuck.closed, slow.closed) == (["stuck"], True, False)


async def test_the_end_waits_for_nobody() -> None:
    """Readers at rest end by themselves, one in the middle of a message is cut off, nobody joins any more."""
    house = House()
    (resting, _), (writing, _) = house.join(name="resting"), house.join(name="writing")
    house.reel.write(writing, True)
    house.reel.close()
    assert (resting.closed, resting.wake.is_set(), house.cut, house.reel.closed) == (
        True,
        True,
        ["writing"],
        True,
    )


async def test_without_readers_nothing_is_made() -> None:
    """But for a minute after the last one left, so that it can go on where it was."""
    house = House()
    running = asyncio.create_task(house.reel.run())

    async def draw() -> None:
        house.shown = replace(house.shown, number=house.shown.number + 1)
        house.bus.publish(Topic.PICTURE)
        await house.clock.advance(1)

    await draw()
    reader, told = house.join()
    await draw()
    seen = last(told, *house.read(reader))
    house.reel.leave(reader)
    await draw()
    again, told = house.join(f"boot.{seen.number if seen else 0}")
    assert (told, len(house.read(again))) == (b"", 1)
    house.reel.leave(again)
    for _ in range(int(LINGER_S) + 2):
        await draw()
    _, told = house.join(f"boot.{house.shown.number - 1}")
    assert told.startswith(b"event: snapshot")
    assert f'"number":{house.shown.number}'.encode() in told
    running.cancel()
    await settle()


async def test_readers_are_woken_in_turns() -> None:
    """A few hundred at once would keep deliveries waiting."""
    house = House()
    readers = [house.join()[0] for _ in range(2 * TURN)]
    task = asyncio.create_task(house.draw(score=5))
    await asyncio.sleep(0)
    assert sum(reader.wake.is_set() for reader in readers) == TURN
    await task
    assert all(reader.wake.is_set() for reader in readers)
