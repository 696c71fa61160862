"""What kill -9 cannot show: the machine itself goes, and with it whatever was not synced."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from tests.support import postgres
from tests.support.checker import is_sound, rows
from tests.support.daemon import Daemon
from tests.support.length import LONG
from tests.support.load import Load
from tests.support.powercut import Disk, calls, strace

CUTS = 400 if LONG else 60
DELIVERIES = 3_000 if LONG else 500


def found_again(disk: Disk, folder: Path, chance: random.Random) -> None:
    """The files after a power cut, in a folder of their own."""
    folder.mkdir()
    for name, content in disk.found(chance).items():
        (folder / Path(name).name).write_bytes(content)


def power_is_cut(daemon: Daemon, file: Path, contents: str) -> None:
    """Whatever was not yet synced is torn at random, at many moments of one run: all that was answered by then is in the file.

    `contents` is the query for what the file holds. The daemon is started and killed here.
    """
    trace, log, cut = (file.with_name(name) for name in ("trace", f"{file.name}-wal", "cut"))
    disk = Disk({str(part): part.read_bytes() for part in (file, log) if part.exists()})
    daemon.start(*strace(trace, file, log))
    with Load(daemon.hook, seed=4) as load:
        load.wait_for(DELIVERIES)
        daemon.kill()
    acked = [answer for answer in load.answers if answer.status == 200]
    chance, played, torn, most = random.Random(11), list(calls(trace)), 0, 0
    cuts = set(chance.sample(range(len(played)), CUTS))
    for number, call in enumerate(played):
        if number in cuts:
            torn += disk.unsynced > 0
            found_again(disk, cut, chance)
            by_then = {each.event.content for each in acked if each.at + each.took < call.at}
            url = f"sqlite:///{cut / file.name}"
            is_sound(url)
            assert by_then <= {bytes(row[0]) for row in rows(url, contents)[0]}
            most = max(most, len(by_then))
            shutil.rmtree(cut)
        disk.play(call)
    assert torn > CUTS / 2
    assert most > DELIVERIES / 2


@pytest.mark.timeout(600 if LONG else 240)
def test_an_answered_200_in_the_mirror_survives_a_power_cut(tmp_path: Path) -> None:
    """SQLite's file and its log, as a disk may be found."""
    with Daemon(tmp_path) as daemon:
        daemon.start()
        assert daemon.stop() == 0
        power_is_cut(daemon, tmp_path / "mirror.db", "SELECT content_hash FROM inbox")


@pytest.mark.timeout(600 if LONG else 240)
def test_an_answered_200_in_the_spool_survives_a_power_cut(
    server: postgres.Server, on_postgres: Daemon, tmp_path: Path
) -> None:
    """The same for the spool, while its database is away."""
    on_postgres.start()
    assert on_postgres.stop() == 0
    server.stop()
    power_is_cut(on_postgres, tmp_path / "spool.db", "SELECT content_hash FROM spooled")
