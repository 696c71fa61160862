"""What dashboards ask of the named tables and views, as docs/tables.md tells them to."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Text, TextClause, bindparam, text

from bisonwatch.store.dialect import Dialect
from bisonwatch.store.types import Instant

_ASKED = {
    "client_metrics": "SELECT * FROM {s}client_metrics WHERE metric_type = 'mtd' ORDER BY workspace_name",
    "client_metrics of a workspace": "SELECT * FROM {s}client_metrics WHERE workspace_name = :name",
    "client_leads of a stage": """SELECT * FROM {s}client_leads
        WHERE workspace_name = :name AND pipeline_stage = 'interested' ORDER BY lead_email LIMIT 100""",
    "client_leads by stage": """SELECT pipeline_stage, count(*) FROM {s}client_leads
        WHERE workspace_name = :name GROUP BY pipeline_stage""",
    "email_sync_logs, newest": """SELECT * FROM {s}email_sync_logs
        WHERE started_at >= :since ORDER BY started_at DESC LIMIT 100""",
    "sender_emails_cache of a workspace": "SELECT * FROM {s}sender_emails_cache WHERE workspace_name = :name",
    "provider_performance_history": """SELECT * FROM {s}provider_performance_history
        WHERE workspace_name = :name""",
    "webhook_health": "SELECT * FROM {s}webhook_health",
    "data_health_summary": "SELECT * FROM {s}data_health_summary",
    "dashboard_health_summary": "SELECT * FROM {s}dashboard_health_summary",
}
_LOG = "webhook_delivery_log"
_VIEW = """SELECT * FROM {s}webhook_delivery_log WHERE MINE received_at >= :since
    ORDER BY received_at DESC LIMIT 100"""
_INBOX = """SELECT i.received_at, i.type, i.state, i.error, i.subject
    FROM inbox AS i JOIN client_registry AS r ON r.instance = i.instance AND r.workspace_id = i.workspace_id
    WHERE MINE i.source = 'webhook' AND i.received_at >= :since ORDER BY i.received_at DESC LIMIT 100"""
"""On SQLite, whose view gives moments as text, which no index serves."""


def asked(dialect: Dialect, schema: str | None, name: str, since: datetime) -> dict[str, TextClause]:
    """Each as a statement about the workspace of that name, and of what came since then."""
    log = _INBOX if dialect.one_writer else _VIEW
    mine = "r.workspace_name = :name AND" if dialect.one_writer else "workspace_name = :name AND"
    texts = _ASKED | {
        f"{_LOG}, newest": log.replace("MINE ", ""),
        f"{_LOG} of a workspace": log.replace("MINE", mine),
    }
    prefix = "" if dialect.one_writer or schema is None else f'"{schema}".'
    found = {}
    for what, statement in texts.items():
        told = text(statement.format(s=prefix))
        if ":name" in statement:
            told = told.bindparams(bindparam("name", name, Text))
        if ":since" in statement:
            stored = not dialect.one_writer or " i." in statement
            given = since if stored else since.strftime("%Y-%m-%dT%H:%M:%S")
            told = told.bindparams(bindparam("since", given, Instant if stored else Text))
        found[what] = told
    return found
