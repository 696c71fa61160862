"""Which workspaces a command is for."""

from __future__ import annotations

from collections.abc import Sequence

from bisonwatch.domain.ids import WorkspaceKey, resolve
from bisonwatch.errors import CallError

Known = Sequence[tuple[WorkspaceKey, str]]


def chosen(wanted: Sequence[str], everything: bool, known: Known) -> list[tuple[WorkspaceKey, str]]:
    """The workspaces named, or all. Raises CallError when neither or both were asked, UnknownWorkspace for a wrong name."""
    if wanted and everything:
        raise CallError("name workspaces or say --all, not both")
    if not wanted and not everything:
        raise CallError("which workspaces? name them (instance/id, id or name) or say --all")
    if not known:
        raise CallError(
            "no workspace is known yet", hint="`bisonwatch webhooks list` asks the provider which there are"
        )
    if everything:
        return list(known)
    names = dict(known)
    keys = dict.fromkeys(resolve(word, known) for word in wanted)
    return [(key, names[key]) for key in keys]
