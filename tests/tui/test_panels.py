from __future__ import annotations

from bisonwatch.cache import picture
from bisonwatch.domain.run import Job
from bisonwatch.tui.views import panels


def test_every_job_has_its_place_and_its_words() -> None:
    """A run of a job that the terminal does not know would end the terminal."""
    assert set(panels._ROUTINE) == set(Job)
    assert set(picture._VERBS) == set(Job)
