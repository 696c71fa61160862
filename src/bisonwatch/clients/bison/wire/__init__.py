"""Rows of the provider's REST answers as frozen values. Each row stands alone: one that fails is a Rejected, not an error."""

from __future__ import annotations

from bisonwatch.clients.bison.wire.accounts import WarmupRow, account_row, warmup_row
from bisonwatch.clients.bison.wire.campaigns import CampaignRow, PlannedRow, campaign_row, planned_row
from bisonwatch.clients.bison.wire.events import Delivery, LogRow, log_row
from bisonwatch.clients.bison.wire.labels import (
    BlockedRow,
    TagRow,
    VariableRow,
    blocked_domain,
    blocked_email,
    tag_row,
    variable_row,
)
from bisonwatch.clients.bison.wire.leads import LeadCampaign, LeadListRow, LeadRow, lead_list_row, lead_row
from bisonwatch.clients.bison.wire.numbers import (
    SERIES,
    Series,
    StepNumbers,
    Summary,
    dated_series,
    series,
    summary,
)
from bisonwatch.clients.bison.wire.replies import ReplyRow, ThreadRow, reply_row, thread_row
from bisonwatch.clients.bison.wire.sends import SendRow, send_row
from bisonwatch.clients.bison.wire.sequence import ScheduleRow, StepRow, schedule_row, step_row, timezone_name
from bisonwatch.clients.bison.wire.subscriptions import Subscription, event_type, sample, subscription
from bisonwatch.clients.bison.wire.workspaces import (
    Identity,
    InboxSettings,
    WorkspaceRow,
    identity,
    inbox_settings,
    minted_key,
    workspace_row,
)

__all__ = [
    "SERIES",
    "BlockedRow",
    "CampaignRow",
    "Delivery",
    "Identity",
    "InboxSettings",
    "LeadCampaign",
    "LeadListRow",
    "LeadRow",
    "LogRow",
    "PlannedRow",
    "ReplyRow",
    "ScheduleRow",
    "SendRow",
    "Series",
    "StepNumbers",
    "StepRow",
    "Subscription",
    "Summary",
    "TagRow",
    "ThreadRow",
    "VariableRow",
    "WarmupRow",
    "WorkspaceRow",
    "account_row",
    "blocked_domain",
    "blocked_email",
    "campaign_row",
    "dated_series",
    "event_type",
    "identity",
    "inbox_settings",
    "lead_list_row",
    "lead_row",
    "log_row",
    "minted_key",
    "planned_row",
    "reply_row",
    "sample",
    "schedule_row",
    "send_row",
    "series",
    "step_row",
    "subscription",
    "summary",
    "tag_row",
    "thread_row",
    "timezone_name",
    "variable_row",
    "warmup_row",
    "workspace_row",
]
