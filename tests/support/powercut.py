"""A power cut, played back: strace writes down what a process wrote and synced; any moment of it can be made a disk again.

Of what was written to a file after its last completed sync began nothing is certain: each write may be there, or not, or in part.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

WRITES = "pwrite64,write,fdatasync,fsync,ftruncate"
LARGEST = 70_000
"""The longest write that is written down whole, in bytes; SQLite's are pages."""

_CUT = ("= ?", "<unavailable>", "<detached ...>")
"""How the calls end that the kill came into."""
_CALL = re.compile(r"^(\d+) +([\d.]+) (\w+)\(\d+<([^>]*)>(?:, (.*))?\) += (-?\d+)")
_BEGUN = re.compile(r"^(\d+) +([\d.]+) (.*) <unfinished \.\.\.>$")
_ENDED = re.compile(r"^(\d+) +[\d.]+ <\.\.\. \w+ resumed>(.*)$")


def strace(output: Path, *files: Path) -> tuple[str, ...]:
    """The words that start a program with its writes to `files` written down; the program stays the child of its starter."""
    watched = [word for file in files for word in ("-P", str(file))]
    return ("strace", "-D", "-f", "-qq", "-ttt", "-xx", "-y", "-s", str(LARGEST), "-e", f"trace={WRITES}", "-e",
            "signal=none", *watched, "-o", str(output))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Call:
    """One call on one file that was done. `at` is when it began, by the wall clock; `data` is None where nothing is written.

    `after`: so many calls were done when it began. Of those done meanwhile it knows nothing.
    """

    at: float
    after: int
    name: str
    file: str
    data: bytes | None
    place: int


def calls(trace: Path) -> Iterator[Call]:
    """In the order in which they were done; those that the kill came into are left out, being the last.

    Raises ValueError for a line that is not understood: nothing is passed over.
    """
    begun: dict[str, tuple[int, str, str]] = {}
    done = 0
    with trace.open() as lines:
        for line in lines:
            if not line.endswith("\n"):
                continue
            if (start := _BEGUN.match(line)) is not None:
                begun[start[1]] = (done, start[2], start[3])
                continue
            after = done
            if (end := _ENDED.match(line)) is not None:
                after, at, head = begun.pop(end[1])
                line = f"{end[1]} {at} {head}{end[2]}"
            if not line.rstrip().endswith(_CUT):
                yield _call(line, after)
                done += 1


def _call(line: str, after: int) -> Call:
    found = _CALL.match(line)
    if found is None or found[6].startswith("-"):
        raise ValueError(f"strace wrote what is not understood: {line[:200]!r}")
    _, at, name, file, rest, _ = found.groups()
    path = bytes.fromhex(file.replace("\\x", "")).decode()
    if name == "pwrite64":
        data, length, place = re.fullmatch(r'"([^"]*)", (\d+), (\d+)', rest or "").groups()  # type: ignore[union-attr]
        written = bytes.fromhex(data.replace("\\x", ""))
        assert len(written) == int(length)
        return Call(float(at), after, name, path, written, int(place))
    if name == "write":
        raise ValueError("a write without a place cannot be played back")
    return Call(float(at), after, name, path, None, int(rest) if name == "ftruncate" else 0)


@dataclass(slots=True)
class _File:
    synced: bytearray
    since: list[tuple[int, Call]] = field(default_factory=list)
    """The writes of which nothing is certain, each with its number."""


class Disk:
    """Files as they are, and as they may be found after a power cut. `files` are what was there before, by name."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self._files = {name: _File(bytearray(content)) for name, content in files.items()}
        self._played = 0

    @property
    def unsynced(self) -> int:
        """So many writes are uncertain now."""
        return sum(len(file.since) for file in self._files.values())

    def play(self, call: Call) -> None:
        file = self._files.setdefault(call.file, _File(bytearray()))
        if call.name in ("fsync", "fdatasync"):
            for _, write in (known := [each for each in file.since if each[0] < call.after]):
                _apply(file.synced, write, None)
            del file.since[: len(known)]
        else:
            file.since.append((self._played, call))
        self._played += 1

    def found(self, chance: random.Random) -> dict[str, bytes]:
        """One of the many states in which the files may be found."""
        found: dict[str, bytes] = {}
        for name, file in self._files.items():
            content = bytearray(file.synced)
            for _, write in file.since:
                _apply(content, write, chance)
            found[name] = bytes(content)
        return found


def _apply(content: bytearray, write: Call, chance: random.Random | None) -> None:
    """Whole; or, by chance, whole, in part or not at all."""
    fate = chance.choice(("whole", "part", "nothing")) if chance else "whole"
    if fate == "nothing":
        return
    if write.data is None:
        del content[write.place :]
        return
    data = write.data[: chance.randrange(len(write.data) + 1)] if chance and fate == "part" else write.data
    content.extend(bytes(max(write.place - len(content), 0)))
    content[write.place : write.place + len(data)] = data
