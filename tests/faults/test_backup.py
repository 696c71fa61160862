from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.checker import is_exact, is_sound, settled
from tests.support.daemon import Daemon
from tests.support.load import Load


@pytest.mark.timeout(120)
def test_a_backup_under_load_is_the_mirror_of_that_moment(tmp_path: Path) -> None:
    """While webhooks go on being answered a copy is made; an engine started on it has every event answered before, exactly once."""
    (tmp_path / "copy").mkdir()
    with Daemon(tmp_path) as daemon, Daemon(tmp_path / "copy") as restored:
        daemon.start()
        with Load(daemon.hook, seed=5) as load:
            load.wait_for(500)
            before = len(load.answers)
            command = [sys.executable, "-m", "bisonwatch", "--config", str(daemon.config), "db", "backup"]
            subprocess.run([*command, str(tmp_path / "copy" / "mirror.db")], check=True, timeout=60)
            load.wait_for(100)
        answers = load.stop()
        assert daemon.stop() == 0
        is_sound(restored.database)
        restored.start()
        settled(restored.database, answers[:before])
        assert restored.stop() == 0
    later = [replace(answer, status=None) for answer in answers[before:]]
    is_exact(restored.database, [*answers[:before], *later])
