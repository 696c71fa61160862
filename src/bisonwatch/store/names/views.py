"""Every view, in the order in which they can be made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from bisonwatch.store.names import accounts, cached, deliveries, health, later
from bisonwatch.store.names.words import Words

_EMPTY = {name: partial(later.empty, columns=columns) for name, columns in later.COLUMNS.items()}
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
    **_EMPTY,
    "data_cache_metadata": cached.data_cache_metadata,
    "function_call_logs": cached.function_call_logs,
}


FIRST: Mapping[str, Callable[[Words], str]] = {
    **VIEWS,
    **_EMPTY,
    "email_sync_logs": partial(accounts.email_sync_logs, totals=False),
}
"""As they were made first, over the tables of that time; later revisions replace those that have changed."""


def creating(
    w: Words, server: int, made: Mapping[str, Callable[[Words], str]] = FIRST, word: str = "CREATE VIEW"
) -> list[str]:
    """The statements, for a server of that major version; a view has the rights of its reader where the server knows how."""
    invoker = w.invoker_since is not None and server >= w.invoker_since
    with_rights = " WITH (security_invoker = true)" if invoker else ""
    return [f"{word} {name}{with_rights} AS{view(w)}" for name, view in made.items()]


def replacing(w: Words, server: int, *names: str) -> list[str]:
    """The statements that bring views to what they are now. Their columns stay the same: Postgres takes no others."""
    made = {name: VIEWS[name] for name in names}
    if w.replaces_views:
        return creating(w, server, made, "CREATE OR REPLACE VIEW")
    return [*(f"DROP VIEW {name}" for name in names), *creating(w, server, made)]
