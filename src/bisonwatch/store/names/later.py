"""Names whose rows came, or come, with a later part of bisonwatch: the columns are there, so that who reads them does not break."""

from __future__ import annotations

from collections.abc import Mapping

from bisonwatch.store.names.words import Words

MOMENT, JSON = "moment", "json"

COLUMNS: Mapping[str, Mapping[str, str]] = {
    "data_cache_metadata": {
        "cache_key": "text",
        "workspace_name": "text",
        "data": JSON,
        "status": "text",
        "last_updated_at": MOMENT,
        "expires_at": MOMENT,
        "hit_count": "bigint",
        "miss_count": "bigint",
    },
    "function_call_logs": {
        "function_name": "text",
        "workspace_name": "text",
        "cache_hit": "boolean",
        "response_time_ms": "double precision",
        "called_at": MOMENT,
        "calls": "bigint",
    },
    "api_health_logs": {
        "api_name": "text",
        "endpoint": "text",
        "response_time_ms": "double precision",
        "success": "boolean",
        "error": "text",
        "timestamp": MOMENT,
        "calls": "bigint",
    },
    "data_validation_errors": {
        "source": "text",
        "error_type": "text",
        "field": "text",
        "occurrences": "bigint",
        "timestamp": MOMENT,
    },
    "sync_log": {
        "direction": "text",
        "table": "text",
        "records": "bigint",
        "errors": "bigint",
        "started_at": MOMENT,
        "finished_at": MOMENT,
    },
}


def empty(w: Words, columns: Mapping[str, str]) -> str:
    spelled = {MOMENT: w.moment_type, JSON: w.json}
    told = [f'CAST(NULL AS {spelled.get(kind, kind)}) AS "{name}"' for name, kind in columns.items()]
    return "\nSELECT " + ",\n       ".join(told) + "\nWHERE 1 = 0"
