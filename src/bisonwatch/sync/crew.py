"""Work over many workspaces, a few at a time; one that fails never stops the others."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace

from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.run import Outcome, Tally
from bisonwatch.errors import BisonwatchError
from bisonwatch.sync.meter import Done, StopAsked

_NAMED = 3


async def each(
    workspaces: Sequence[WorkspaceKey], work: Callable[[WorkspaceKey], Awaitable[object]], abreast: int
) -> dict[WorkspaceKey, str]:
    """Do the work for each, in order, `abreast` at a time; what went wrong, per workspace. Raises StopAsked."""
    gate = asyncio.Semaphore(abreast)
    failed: dict[WorkspaceKey, str] = {}
    stopped = asyncio.Event()

    async def one(workspace: WorkspaceKey) -> None:
        async with gate:
            if stopped.is_set():
                return
            try:
                await work(workspace)
            except BisonwatchError as problem:
                failed[workspace] = str(problem)
            except StopAsked:
                stopped.set()

    async with asyncio.TaskGroup() as group:
        for workspace in workspaces:
            group.create_task(one(workspace))
    if stopped.is_set():
        raise StopAsked
    return failed


def ended(asked: int, failed: Mapping[WorkspaceKey, str], tally: Tally) -> Done:
    """The outcome of work over `asked` workspaces, with the first few failures in one line."""
    tally = replace(tally, workspaces=asked, workspaces_failed=len(failed))
    if not failed:
        return Done(Outcome.SUCCESS, tally)
    named = [f"{workspace}: {problem}" for workspace, problem in sorted(failed.items())[:_NAMED]]
    more = f"; and {len(failed) - _NAMED} more" if len(failed) > _NAMED else ""
    outcome = Outcome.FAILED if len(failed) >= asked else Outcome.PARTIAL
    return Done(outcome, tally, "; ".join(named) + more)
