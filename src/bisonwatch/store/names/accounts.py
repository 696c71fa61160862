"""Sender accounts under the old system's names."""

from __future__ import annotations

from bisonwatch.store.names.words import Words

LIVE_S = 7200
"""An account that was not read for longer is no longer live."""

_NAMED = """accounts AS a
LEFT JOIN client_registry AS r ON r.instance = a.instance AND r.workspace_id = a.workspace_id"""


def sender_emails_cache(w: Words) -> str:
    """Accounts that are there; removed ones are only in `email_accounts_cache`."""
    return f"""
SELECT a.email,
       r.workspace_name,
       a.provider,
       a.reseller,
       a.status,
       a.sent AS sends,
       a.replied AS replies,
       a.bounced AS bounces,
       {w.percent("a.replied", "a.sent")} AS reply_rate_percentage,
       a.daily_limit,
       a.tags,
       {w.moment("a.known_at")} AS updated_at
FROM {_NAMED}
WHERE a.status <> 'removed'"""


def email_accounts_cache(w: Words) -> str:
    return f"""
SELECT a.email AS email_address,
       a.id AS bison_id,
       a.workspace_id,
       r.workspace_name,
       a.instance AS bison_instance,
       {_account(w)} AS account_data,
       CASE WHEN a.status = 'removed' THEN 'removed'
            WHEN a.seen_at >= {w.seconds_ago(LIVE_S)} THEN 'success'
            ELSE 'stale' END AS sync_status,
       {w.moment("a.seen_at")} AS last_synced_at
FROM {_NAMED}"""


def _account(w: Words) -> str:
    plain = ("id", "email", "name", "status", "type", "provider", "reseller", "daily_limit")
    told = {name: f"a.{name}" for name in plain}
    told |= {"warmup_enabled": w.truth("a.warmup_enabled"), "tags": w.nested("a.tags")}
    told |= {"sends": "a.sent", "replies": "a.replied", "bounces": "a.bounced"}
    pairs = ", ".join(f"'{key}', {value}" for key, value in told.items())
    return f"{w.object}({pairs})"


def email_accounts_live(_w: Words) -> str:
    return """
SELECT email_address, bison_id, workspace_id, workspace_name, bison_instance, account_data, sync_status, last_synced_at
FROM email_accounts_cache
WHERE sync_status = 'success'"""


def provider_performance_history(w: Words) -> str:
    return f"""
SELECT d.day,
       r.workspace_name,
       d.provider,
       d.accounts AS total_accounts,
       d.sent AS sends,
       d.replied AS replies,
       {w.percent("d.replied", "d.sent")} AS reply_rate
FROM provider_days AS d
JOIN client_registry AS r ON r.instance = d.instance AND r.workspace_id = d.workspace_id"""


_SUMMARY = (
    "outcome",
    "asked_by",
    "rows_written",
    "rows_unchanged",
    "rows_removed",
    "requests",
    "retries",
    "share",
    "shares",
)


def email_sync_logs(w: Words, *, totals: bool = True) -> str:
    """Runs of the accounts job that were begun. A run over one workspace says by itself how many it met.

    Without `totals` it is the view of schemas before 0006, which did not keep them.
    """
    ended = "CASE WHEN u.outcome = 'cancelled' THEN 'failed' ELSE u.outcome END"
    alone = "u.instance IS NOT NULL"
    failed = f"CASE WHEN {alone} THEN CASE u.outcome WHEN 'success' THEN 0 WHEN 'failed' THEN 1 END"
    failed += " WHEN u.outcome = 'success' THEN 0 END"
    met = f"CASE WHEN {alone} AND u.state = 'done' THEN 1 END"
    told = {name: f"u.{name}" for name in _SUMMARY}
    told |= {"totals": w.nested("u.totals")} if totals else {}
    summary = ", ".join(f"'{name}', {value}" for name, value in told.items())
    return f"""
SELECT {w.moment("u.started_at")} AS started_at,
       {w.moment("u.finished_at")} AS completed_at,
       {w.seconds_between("u.started_at", "u.finished_at")} AS duration_seconds,
       CASE WHEN u.state = 'running' THEN 'running' ELSE {ended} END AS status,
       u.rows_read AS total_accounts_fetched,
       coalesce(u.workspaces, {met}) AS total_workspaces_processed,
       coalesce(u.workspaces_failed, {failed}) AS workspaces_failed,
       u.error AS errors,
       {w.object}({summary}) AS summary
FROM runs AS u
WHERE u.job = 'accounts' AND u.started_at IS NOT NULL"""
