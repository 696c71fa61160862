"""What docs/datasets.md shows is what is made."""

from __future__ import annotations

import json
import re
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

from bisonwatch.domain.dataset import DatasetName
from bisonwatch.domain.datasets.plain import plain
from tests.domain.datasets.examples import MADE

PAGE = Path("docs/datasets.md").read_text()


def section(name: str) -> str:
    return PAGE.split(f"\n## `{name}`\n")[1].split("\n## ")[0]


@pytest.mark.parametrize("name", list(DatasetName))
def test_each_example_is_what_is_made(name: DatasetName) -> None:
    """Key for key, in their order, and value for value."""
    (shown,) = re.findall(r"```json\n(.*?)\n```", section(name), re.DOTALL)
    assert json.dumps(json.loads(shown)) == json.dumps(plain(MADE[name].value))


@pytest.mark.parametrize("name", list(DatasetName))
def test_every_key_is_told(name: DatasetName) -> None:
    """Each of a dataset's own keys stands in its part of the page, outside the example."""
    value = MADE[name].value
    assert is_dataclass(value)
    told = re.sub(r"```json.*?```", "", section(name), flags=re.DOTALL) + PAGE.split("\n## ")[0]
    assert [field.name for field in fields(value) if field.name not in told and field.name != "subject"] == []
