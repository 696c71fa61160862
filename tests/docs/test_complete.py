from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from bisonwatch.api import document
from bisonwatch.api.app import create_app
from bisonwatch.cli.main import COMMANDS
from bisonwatch.config.shape import every_key
from bisonwatch.domain import absence, drift, subscription
from bisonwatch.domain.export import EXPORTS
from bisonwatch.domain.run import Job
from bisonwatch.metrics import Metrics
from bisonwatch.store.names.functions import FUNCTIONS
from bisonwatch.store.names.views import VIEWS
from bisonwatch.store.tables import metadata
from bisonwatch.store.transitions import RULE
from tests.support import scrape

DOCS = Path("docs")
RULES = {RULE, absence.RULE, drift.RULE, subscription.RULE, subscription.CANARY_RULE}
CALLED = {name for ddl in FUNCTIONS for name in re.findall(r"CREATE FUNCTION (\w+\(\))", ddl)}


def operations() -> set[str]:
    """Of the API: `GET /api/v1/status`. Nothing is asked of its parts here."""
    nothing: Any = None
    app = create_app(nothing, nothing, nothing, [], nothing, Metrics(), nothing, nothing)
    told = {f"{method.upper()} {path}" for path, method, _ in document.operations(app.openapi())}
    return {one for one in told if "/feed/" not in one} | {"POST /api/v1/feed/{word}"}


def headings(name: str) -> set[str]:
    """What stands between backquotes in the headings of a page."""
    return set(re.findall(r"^#+ `([^`]+)`", (DOCS / name).read_text(), re.MULTILINE))


@pytest.mark.parametrize(
    ("page", "wanted"),
    [
        ("settings.md", set(every_key())),
        ("commands.md", {f"bisonwatch {name}" for name in COMMANDS} | {"bisonwatch", "bisonwatch --daemon"}),
        ("tables.md", set(metadata.tables) | set(VIEWS) | CALLED),
        ("alerts.md", RULES),
        ("metrics.md", set(scrape.families(scrape.text()))),
        ("api.md", operations()),
    ],
)
def test_everything_has_its_heading(page: str, wanted: set[str]) -> None:
    """Every setting, command, table, alert, metric and operation of the API is documented, and nothing is that does not exist."""
    assert headings(page) == wanted


def test_columns_of_exports_are_told() -> None:
    """Each export has its heading, with its columns' names and types in their order."""
    text = (DOCS / "export.md").read_text()
    parts = dict(re.findall(r"^## `(\w+)`\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL))
    told = {
        name: re.findall(r"^\| (\w+) \| (\w+) \| ", part, re.MULTILINE)[1:] for name, part in parts.items()
    }
    assert told == {name: [(c.name, c.kind) for c in one.columns] for name, one in EXPORTS.items()}


def test_every_job_of_the_schedule_is_told() -> None:
    """Whoever reads `bisonwatch jobs list` finds each of its names in the table of jobs."""
    text = (DOCS / "commands.md").read_text()
    table = text[text.index("## `bisonwatch jobs`") : text.index("## `bisonwatch runs`")]
    assert set(re.findall(r"^\| ([a-z]+) \| ", table, re.MULTILINE)) - {"job"} == set(Job) - {
        Job.RESYNC,
        Job.BACKFILL,
    }


def test_links_between_pages_lead_somewhere() -> None:
    """A relative link in README or docs names a file that is there."""
    for page in (Path("README.md"), Path("CONTRIBUTING.md"), Path("deploy/README.md"), *DOCS.rglob("*.md")):
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page}: {target}"


def test_readme_commands_are_make_words() -> None:
    """What the README tells a newcomer to run exists."""
    words = set(re.findall(r"^([a-z-]+):", Path("Makefile").read_text(), re.MULTILINE))
    told = set(re.findall(r"^make ([a-z-]+)", Path("README.md").read_text(), re.MULTILINE))
    assert {"demo", "test"} <= told <= words


def test_each_decision_has_its_own_number() -> None:
    """A number names one decision, in the file's name and in its heading."""
    files = sorted((DOCS / "decisions").glob("*.md"))
    numbers = [file.name[:4] for file in files]
    assert numbers == [f"{number:04}" for number in range(1, len(files) + 1)]
    assert [f for f in files if not f.read_text().startswith(f"# {f.name[:4]} ")] == []
