"""Every view, in the order in which they can be made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from bisonwatch.store.names import accounts, deliveries, health, later
from bisonwatch.store.names.words import Words

VIEWS: Mapping[str, Callable[[Words], str]] = {
    "sender_emails_cache": accounts.sender_emails_cache,
    "email_accounts_cache": accounts.email_accounts_cache,
    "email_accounts_live": accounts.email_accounts_live,
    "email_sync_logs": accounts.email_sync_logs,
    "provider_performance_history": accounts.provider_performance_history,
    "webhook_delivery_log": deliveries.webhook_delivery_log,
    "webhook_health": health.webhook_health,
    "data_health_summary": health.data_health_summary,
    "dashboard_health_summary": health.dashboard_health_summary,
    **{name: partial(later.empty, columns=columns) for name, columns in later.COLUMNS.items()},
}


def creating(w: Words, server: int) -> list[str]:
    """The statements, for a server of that major version; a view has the rights of its reader where the server knows how."""
    invoker = w.invoker_since is not None and server >= w.invoker_since
    with_rights = " WITH (security_invoker = true)" if invoker else ""
    return [f"CREATE VIEW {name}{with_rights} AS{view(w)}" for name, view in VIEWS.items()]
