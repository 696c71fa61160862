"""A person's word on accounts that wait to be removed, and the run that acts on it: in one transaction, whoever takes the word."""

from __future__ import annotations

from datetime import datetime

from bisonwatch.domain.absence import Absence
from bisonwatch.domain.ids import WorkspaceKey, uuid7
from bisonwatch.domain.run import Job, Run, RunState
from bisonwatch.errors import CallError, NotThere
from bisonwatch.store import account_walks, runs
from bisonwatch.store.tx import Tx


async def confirm(tx: Tx, workspace: WorkspaceKey, seen: Absence, at: datetime, by: str) -> int:
    """How many it is about. A word on accounts that the person did not see is none: raises CallError where others wait by now, NotThere where none does."""
    known = (await account_walks.lock(tx, workspace)).absence
    now = known.held | known.elsewhere
    if not now:
        raise NotThere(f"no account of {workspace} waits any more")
    if not now <= seen.held | seen.elsewhere:
        raise CallError(f"other accounts of {workspace} wait by now: look at them first")
    await account_walks.confirm(tx, workspace, at, by)
    await runs.queue(tx, [Run(uuid7(at), Job.ACCOUNTS, workspace, (), by, RunState.QUEUED, at)])
    return len(now)
