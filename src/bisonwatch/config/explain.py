"""What `bisonwatch config show` and `config init` say and write."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from bisonwatch.config.draft import Raw, dotted
from bisonwatch.config.load import Loaded, flat
from bisonwatch.config.paths import shipped
from bisonwatch.errors import CallError, StartError

EXAMPLE = "config.example.yaml"


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting in force: its value as the file would write it, secrets masked, and where it came from."""

    key: str
    value: str
    source: str


def show(loaded: Loaded) -> tuple[Setting, ...]:
    """Every setting, in the order of the example file."""
    tree = loaded.settings.model_dump(mode="json", by_alias=True)
    found = ((dotted(path), _written(value)) for path, value in flat(tree))
    return tuple(Setting(key, value, loaded.sources[key]) for key, value in found)


def as_text(settings: tuple[Setting, ...]) -> str:
    """Three aligned columns: key, value, source."""
    keys = max((len(setting.key) for setting in settings), default=0)
    values = max((min(len(setting.value), 50) for setting in settings), default=0)
    return "\n".join(f"{s.key:<{keys}}  {s.value:<{values}}  {s.source}" for s in settings)


def example() -> str:
    """The text of the file that shows every key with its default and a sentence."""
    return shipped(EXAMPLE).read_text(encoding="utf-8")


def init(path: Path, *, overwrite: bool = False) -> None:
    """Write the example as a first configuration, readable by its owner only.

    Raises CallError when the file is there and `overwrite` is not set, StartError when it cannot be written.
    """
    flags = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if overwrite else os.O_EXCL)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, flags, 0o600), "w", encoding="utf-8") as file:
            file.write(example())
    except FileExistsError:
        raise CallError(f"{path} is there already", hint="--force overwrites it") from None
    except OSError as error:
        raise StartError(f"{path} cannot be written: {(error.strerror or 'error').lower()}") from None


def _written(value: Raw) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)
