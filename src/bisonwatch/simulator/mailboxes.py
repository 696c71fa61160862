"""What happens to sender accounts."""

from __future__ import annotations

from datetime import datetime

from bisonwatch.simulator.payloads import account_block
from bisonwatch.simulator.records import Account, LoggedEvent, Workspace
from bisonwatch.simulator.scribe import Scribe


def _tell(
    scribe: Scribe, workspace: Workspace, kind: str, account: Account, at: datetime, status: str | None = None
) -> list[LoggedEvent]:
    account.updated_at = at
    return [scribe.log(workspace, kind, {"sender_email": account_block(account, status)}, at)]


def disconnected(
    scribe: Scribe, workspace: Workspace, account: Account, at: datetime, *, recovered: bool = False
) -> list[LoggedEvent]:
    """The mailbox lost its connection. `recovered`: it is already back, the event says so, and none follows."""
    account.connected = recovered
    return _tell(scribe, workspace, "EMAIL_ACCOUNT_DISCONNECTED", account, at)


def reconnected(scribe: Scribe, workspace: Workspace, account: Account, at: datetime) -> list[LoggedEvent]:
    account.connected = True
    return _tell(scribe, workspace, "EMAIL_ACCOUNT_RECONNECTED", account, at)


def added(scribe: Scribe, workspace: Workspace, account: Account, at: datetime) -> list[LoggedEvent]:
    workspace.accounts.add(account)
    return _tell(scribe, workspace, "EMAIL_ACCOUNT_ADDED", account, at)


def removed(scribe: Scribe, workspace: Workspace, account: Account, at: datetime) -> list[LoggedEvent]:
    workspace.accounts.remove(account.id)
    return _tell(scribe, workspace, "EMAIL_ACCOUNT_REMOVED", account, at)


def warmup_disabled(
    scribe: Scribe, workspace: Workspace, account: Account, at: datetime, *, causing: bool
) -> list[LoggedEvent]:
    account.warmup = False
    kind = "WARMUP_DISABLED_CAUSING_BOUNCES" if causing else "WARMUP_DISABLED_RECEIVING_BOUNCES"
    return _tell(scribe, workspace, kind, account, at)
