"""What is wrong only when several settings are seen together."""

from __future__ import annotations

import difflib
from collections.abc import Hashable, Iterable, Iterator

from bisonwatch.config.draft import Draft, Path, Problem, dotted
from bisonwatch.config.settings import Settings


def problems(settings: Settings, draft: Draft) -> list[Problem]:
    """Each contradiction, at the key that an operator would change."""
    found = [*_instances(settings), *_clients(settings), *_twice_tokens(settings), *_order(settings)]
    return [Problem(draft.origin(path), f"{dotted(path)}: {message}") for path, message in found]


def _instances(settings: Settings) -> Iterator[tuple[Path, str]]:
    names = [instance.name for instance in settings.instances]
    yield from _twice(names, ("instances",), "name", "another instance is called {}")
    for index, instance in enumerate(settings.instances):
        here: Path = ("instances", index)
        chosen = instance.workspaces
        if instance.api_key is None and (chosen is None or any(choice.api_key is None for choice in chosen)):
            yield (*here, "api_key"), "is required, unless each entry of workspaces has an api_key of its own"
        ids = [choice.id for choice in chosen or ()]
        yield from _twice(ids, (*here, "workspaces"), "id", "workspace {} is listed twice")


def _clients(settings: Settings) -> Iterator[tuple[Path, str]]:
    names = [instance.name for instance in settings.instances]
    yield from _twice(
        [c.workspace for c in settings.clients], ("clients",), "workspace", "{} has an entry already"
    )
    for index, client in enumerate(settings.clients):
        name = client.workspace.instance
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            yield ("clients", index, "workspace"), f"no instance is called {name}{hint}"


def _twice_tokens(settings: Settings) -> Iterator[tuple[Path, str]]:
    names = [token.name for token in settings.api.tokens]
    yield from _twice(names, ("api", "tokens"), "name", "another token is called {}")


def _order(settings: Settings) -> Iterator[tuple[Path, str]]:
    limits = settings.health.thresholds
    here: Path = ("health", "thresholds")
    if limits.lag_warning > limits.lag_critical:
        yield (*here, "lag_warning"), "must not be longer than lag_critical"
    if limits.drift_warning > limits.drift_critical:
        yield (*here, "drift_warning"), "must not be more than drift_critical"
    if settings.listener.max_body > settings.listener.max_pending:
        yield ("listener", "max_body"), "must not be larger than max_pending"


def _twice(values: Iterable[Hashable], here: Path, key: str, message: str) -> Iterator[tuple[Path, str]]:
    seen: set[Hashable] = set()
    for index, value in enumerate(values):
        if value in seen:
            yield (*here, index, key), message.format(value)
        seen.add(value)
