"""Where things live: the operator's own files, and those that come with bisonwatch."""

from __future__ import annotations

from pathlib import Path

from platformdirs import user_config_path, user_data_path

from bisonwatch.errors import StartError

FILE = "bisonwatch.yaml"
_APP = "bisonwatch"
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
