"""Giving a world its months: archives behind its shelves, and the daily numbers that agree with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

from bisonwatch.simulator.past.archive import Past, past_of
from bisonwatch.simulator.past.blocks import CAPS, after
from bisonwatch.simulator.past.chronicle import Chronicle, History
from bisonwatch.simulator.records import Workspace
from bisonwatch.simulator.scribe import Scribe


def make_room(scribe: Scribe, history: History, workspaces: int) -> None:
    """What happens from now on has higher ids than all that happened before."""
    for kind in CAPS:
        scribe.count_from(kind, after(kind, history.days, workspaces))


def give(
    seed: int, workspaces: Mapping[int, Workspace], start: datetime, history: History
) -> dict[int, Past]:
    """Every workspace's past, by its id; a quiet one's is empty."""
    return {
        workspace.id: _give(seed, workspace, place, len(workspaces), start, history)
        for place, workspace in enumerate(workspaces.values())
    }


def _give(
    seed: int, workspace: Workspace, place: int, places: int, start: datetime, history: History
) -> Past:
    campaigns = [campaign for campaign in workspace.campaigns if campaign.sequence_id is not None]
    chronicle = Chronicle(
        seed, workspace.id, campaigns, list(workspace.accounts), start.date(), history, workspace.weight > 0
    )
    past = past_of(chronicle, place, places)
    workspace.sends.archive = past.sends
    workspace.replies.archive = past.replies
    workspace.leads.archive = past.leads
    made = chronicle.beginning(0) - timedelta(days=1)
    workspace.created_at = min(workspace.created_at, made)
    for account in workspace.accounts:
        account.created_at = min(account.created_at, made)
    for number, campaign in enumerate(campaigns):
        campaign.created_at = min(campaign.created_at, made)
        campaign.days = {chronicle.date_of(day): chronicle.tally(number, day) for day in range(history.days)}
        campaign.tally = sum(campaign.days.values(), Counter())
        campaign.total_leads = campaign.tally["contacted"]
    return past
