"""What kill -9 cannot show: the machine itself goes, and with it whatever was not synced."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from tests.faults.conftest import LONG
from tests.support.checker import is_sound, mirror
from tests.support.daemon import Daemon
from tests.support.load import Answer, Load
from tests.support.powercut import Disk, calls, strace

CUTS = 400 if LONG else 60
DELIVERIES = 3_000 if LONG else 500


def found_again(disk: Disk, folder: Path, chance: random.Random) -> str:
    """The files after a power cut, in a folder of their own; the database's URL there."""
    folder.mkdir()
    for name, content in disk.found(chance).items():
        (folder / Path(name).name).write_bytes(content)
    return f"sqlite:///{folder / 'mirror.db'}"


def nothing_lost(url: str, answers: list[Answer], before: float) -> int:
    """All that was answered 200 before that moment is there; how much that is."""
    acked = {
        answer.event.content
        for answer in answers
        if answer.status == 200 and answer.at + answer.took < before
    }
    is_sound(url)
    assert acked <= set(mirror(url).deliveries)
    return len(acked)


@pytest.mark.timeout(600 if LONG else 240)
def test_an_answered_200_survives_a_power_cut(tmp_path: Path) -> None:
    """Whatever was not yet synced is torn at random, at many moments of one run: all that was answered by then is in the file."""
    file, wal, trace = (tmp_path / name for name in ("mirror.db", "mirror.db-wal", "trace"))
    chance = random.Random(11)
    with Daemon(tmp_path) as daemon:
        daemon.start()
        assert daemon.stop() == 0
        disk = Disk({str(file): file.read_bytes()})
        daemon.start(*strace(trace, file, wal))
        with Load(daemon.hook, seed=4) as load:
            load.wait_for(DELIVERIES, within=60)
            daemon.kill()
    answers = [*load.stop()]
    played = list(calls(trace))
    cuts, torn, most = set(chance.sample(range(len(played)), CUTS)), 0, 0
    for number, call in enumerate(played):
        if number in cuts:
            torn += disk.unsynced > 0
            url = found_again(disk, tmp_path / "cut", chance)
            most = max(most, nothing_lost(url, answers, call.at))
            shutil.rmtree(tmp_path / "cut")
        disk.play(call)
    assert torn > CUTS / 2
    assert most > DELIVERIES / 2
