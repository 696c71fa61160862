"""From a file, the environment and flags to settings: file < environment < flags. Every error says where it stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from bisonwatch.config import across, complaint, document, paths
from bisonwatch.config.draft import Draft, Problem, Raw, dotted, in_file_order
from bisonwatch.config.draft import Path as Key
from bisonwatch.config.settings import Settings
from bisonwatch.errors import ConfigError

PREFIX = "BISONWATCH__"


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings, and for every dotted key where its value came from."""

    settings: Settings
    sources: Mapping[str, str]
    """`bisonwatch.yaml:12`, `environment BISONWATCH__DATABASE__URL`, `flag --database-url`, or `default`."""
    path: Path | None
    """The file that was read; None when there was none."""
    warnings: tuple[str, ...] = ()


def load(path: Path | None, environ: Mapping[str, str], flags: Mapping[str, str] | None = None) -> Loaded:
    """The settings out of the first file found, the environment and flags (dotted key → text).

    Raises ConfigError; its message has one line for each thing that is wrong.
    """
    file = paths.find(path, environ)
    try:
        draft = document.read(_text(file), str(file)) if file else Draft()
    except document.Unreadable as error:
        raise _refused(error.problems) from None
    found = [*_lay(draft, _from_environment(environ)), *_lay(draft, _from_flags(flags or {}))]
    settings = _validated(draft, found)
    empty = [name for name in sorted(_ours(environ)) if not environ[name]]
    warnings = tuple(f"environment {name}: is empty and counts as not set" for name in empty)
    return Loaded(settings, sources(settings, draft), file, warnings)


def sources(settings: Settings, draft: Draft) -> dict[str, str]:
    """Every dotted key with where its value came from."""
    return {
        dotted(path): draft.source(path) for path, _ in flat(settings.model_dump(mode="json", by_alias=True))
    }


def flat(value: Raw, path: Key = ()) -> Iterator[tuple[Key, Raw]]:
    """Each single value of a tree, and each list of single values, with its path."""
    inner: Iterable[tuple[str | int, Raw]] = ()
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
        inner = enumerate(value)
    if not inner:
        yield path, value
    for key, below in inner:
        yield from flat(below, (*path, key))


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(f"{file}: no such file", hint="`bisonwatch config init` writes one") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{file}: is not text in UTF-8") from None
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {(error.strerror or 'error').lower()}") from None


def _ours(environ: Mapping[str, str]) -> list[str]:
    return [name for name in environ if name.startswith(PREFIX)]


def _from_environment(environ: Mapping[str, str]) -> Iterator[tuple[Key, str, str]]:
    """(key, text, origin), wholes before their parts and entries of a list in order."""
    keys = {name: _key(name.removeprefix(PREFIX).lower().split("__")) for name in _ours(environ)}
    for name in sorted(keys, key=lambda name: (len(keys[name]), in_file_order(name))):
        if environ[name]:
            yield keys[name], environ[name], f"environment {name}"


def _from_flags(flags: Mapping[str, str]) -> Iterator[tuple[Key, str, str]]:
    for key, text in flags.items():
        yield _key(key.split(".")), text, f"flag --{key.replace('.', '-').replace('_', '-')}"


def _key(words: Iterable[str]) -> Key:
    return tuple(int(word) if word.isdecimal() and len(word) < 6 else word for word in words)


def _lay(draft: Draft, layer: Iterable[tuple[Key, str, str]]) -> Iterator[Problem]:
    for key, text, origin in layer:
        try:
            draft.put(key, _raw(text), origin)
        except document.Unreadable as error:
            yield from (Problem(origin, problem.message) for problem in error.problems)
        except ValueError as error:
            yield Problem(origin, str(error))


def _raw(text: str) -> Raw:
    """Lists, mappings and null as YAML; anything else is text, whatever it looks like."""
    if text.strip() == "null":
        return None
    return document.read_value(text) if text.lstrip().startswith(("[", "{")) else text


def _validated(draft: Draft, found: list[Problem]) -> Settings:
    try:
        settings = Settings.model_validate(draft.values)
    except ValidationError as error:
        raise _refused([*found, *complaint.problems(error, draft)]) from None
    found += across.problems(settings, draft)
    if found:
        raise _refused(found)
    return settings


def _refused(problems: Iterable[Problem]) -> ConfigError:
    return ConfigError("\n".join(map(str, problems)))
