"""The logs of the provider's answers under the old system's names."""

from __future__ import annotations

from bisonwatch.metrics import Ending
from bisonwatch.store.names.words import Words


def api_health_logs(w: Words) -> str:
    """A row per minute, endpoint and ending, of as long as minutes are kept. The response time is the mean of all calls of that minute."""
    every = " + ".join(ending.value for ending in Ending)
    parts = "\n      UNION ALL\n      ".join(
        f"SELECT instance, endpoint, minute, total_ms, {every} AS every_call, '{ending.value}' AS ending, "
        f"{ending.value} AS n FROM api_minutes WHERE {ending.value} > 0"
        for ending in Ending
    )
    return f"""
SELECT instance AS api_name, endpoint,
       CAST(total_ms AS double precision) / every_call AS response_time_ms,
       ending = 'ok' AS success,
       CASE WHEN ending <> 'ok' THEN ending END AS error,
       {w.moment("minute")} AS "timestamp",
       n AS calls
FROM ({parts}) AS ended"""


def data_validation_errors(w: Words) -> str:
    """A row per hour and flaw, dated by the last time it was met."""
    return f"""
SELECT source, reason AS error_type, field, n AS occurrences, {w.moment("last_at")} AS "timestamp"
FROM validation_hours"""
