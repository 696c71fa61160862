"""The player of power cuts itself: it believes what strace wrote, and no more."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.support.powercut import Disk, calls

WAL, FILE = ("".join(f"\\x{byte:02x}" for byte in name) for name in (b"/mirror.db-wal", b"/mirror.db"))
ONE, TWO = r"\x01\x01", r"\x02\x02"


def played(tmp_path: Path, *lines: str) -> Disk:
    trace, disk = tmp_path / "trace", Disk({})
    trace.write_text("".join(lines))
    for call in calls(trace):
        disk.play(call)
    return disk


def found(disk: Disk) -> set[bytes]:
    chance = random.Random(1)
    return {disk.found(chance)["/mirror.db-wal"] for _ in range(200)}


def test_calls_of_two_threads_that_are_told_in_halves_are_played(tmp_path: Path) -> None:
    disk = played(
        tmp_path,
        f'7 1.0 pwrite64(3<{WAL}>, "{ONE}", 2, 0 <unfinished ...>\n',
        f'8 1.1 pwrite64(4<{FILE}>, "{TWO}", 2, 0) = 2\n',
        "7 1.2 <... pwrite64 resumed>) = 2\n",
        f"7 1.3 fdatasync(3<{WAL}>) = 0\n",
    )
    assert disk.unsynced == 1
    assert found(disk) == {b"\x01\x01"}


def test_a_sync_vouches_for_what_was_done_when_it_began(tmp_path: Path) -> None:
    disk = played(
        tmp_path,
        f'7 1.0 pwrite64(3<{WAL}>, "{ONE}", 2, 0) = 2\n',
        f"8 1.1 fdatasync(4<{WAL}> <unfinished ...>\n",
        f'7 1.2 pwrite64(3<{WAL}>, "{TWO}", 2, 2) = 2\n',
        "8 1.3 <... fdatasync resumed>) = 0\n",
    )
    assert disk.unsynced == 1
    assert found(disk) == {b"\x01\x01", b"\x01\x01\x02", b"\x01\x01\x02\x02"}


@pytest.mark.parametrize(
    "end",
    ["2", "2, 2) = ?\n", "2, 2) = ? <unavailable>\n", "2, 2 <detached ...>\n", "2, 2 <unfinished ...>\n"],
)
def test_a_call_that_the_kill_came_into_is_none(tmp_path: Path, end: str) -> None:
    disk = played(
        tmp_path,
        f'7 1.0 pwrite64(3<{WAL}>, "{ONE}", 2, 0) = 2\n',
        f'7 1.1 pwrite64(3<{WAL}>, "{TWO}", {end}',
    )
    assert disk.unsynced == 1


def test_a_line_that_is_not_understood_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not understood"):
        played(tmp_path, "strace: out of memory\n")
