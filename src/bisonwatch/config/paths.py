"""Where things live: the operator's own files, and those that come with bisonwatch."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from platformdirs import user_config_path, user_data_path

from bisonwatch.errors import StartError

FILE = "bisonwatch.yaml"
_APP = "bisonwatch"
_NAMED_BY = "BISONWATCH_CONFIG"
_PACKAGE = Path(__file__).parent.parent


def config_folder() -> Path:
    return user_config_path(_APP)


def config_file() -> Path:
    """The last place where a configuration is looked for."""
    return config_folder() / FILE


def data_folder() -> Path:
    return user_data_path(_APP)


def themes_folder() -> Path:
    """Where users put themes of their own."""
    return config_folder() / "themes"


def shipped(name: str) -> Path:
    """A file or folder that comes with bisonwatch: inside the wheel, or at the root of a checkout. Raises StartError."""
    for place in (_PACKAGE, _PACKAGE.parent.parent):
        if (place / name).exists():
            return place / name
    raise StartError(f"this installation lacks {name}", hint="install bisonwatch again")


def find(path: Path | None, environ: Mapping[str, str]) -> Path | None:
    """The file to read: the one named, else `$BISONWATCH_CONFIG`, else `./bisonwatch.yaml`, else the user's own."""
    named = path or (Path(environ[_NAMED_BY]) if environ.get(_NAMED_BY) else None)
    if named is not None:
        return named.expanduser()
    return next((place for place in (Path(FILE), config_file()) if place.is_file()), None)
