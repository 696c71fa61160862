"""Every table, declared once. Keys of tables that grow begin with the workspace; times are stored, never ages.

`client_registry`, `client_leads` and `client_metrics` are read (and `client_leads` written) by other programs under these names.
"""

from __future__ import annotations

from bisonwatch.store.tables.arrivals import bodies, event_types, hints, inbox, traffic
from bisonwatch.store.tables.base import metadata
from bisonwatch.store.tables.kept import cache_minutes, datasets
from bisonwatch.store.tables.numbers import (
    client_metrics,
    consistency,
    daily_counts,
    daily_reports,
    drifts,
    facts,
    histories,
    month_counts,
    summaries,
    witnesses,
)
from bisonwatch.store.tables.objects import (
    account_walks,
    account_warmups,
    accounts,
    campaigns,
    client_leads,
    client_registry,
    provider_days,
)
from bisonwatch.store.tables.watching import (
    backfills,
    copies,
    cursors,
    leases,
    nodes,
    runs,
    subscriptions,
    transitions,
    workspace_watch,
)

__all__ = [
    "account_walks",
    "account_warmups",
    "accounts",
    "backfills",
    "bodies",
    "cache_minutes",
    "campaigns",
    "client_leads",
    "client_metrics",
    "client_registry",
    "consistency",
    "copies",
    "cursors",
    "daily_counts",
    "daily_reports",
    "datasets",
    "drifts",
    "event_types",
    "facts",
    "hints",
    "histories",
    "inbox",
    "leases",
    "metadata",
    "month_counts",
    "nodes",
    "provider_days",
    "runs",
    "subscriptions",
    "summaries",
    "traffic",
    "transitions",
    "witnesses",
    "workspace_watch",
]
