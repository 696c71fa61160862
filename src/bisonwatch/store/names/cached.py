"""The cache of datasets under the old system's names."""

from __future__ import annotations

from bisonwatch.store.names.words import Words

DAY_S, SERVED_S = 86_400, 3_600


def data_cache_metadata(w: Words) -> str:
    """One row per dataset that is stored; the counts are those of the last 24 hours."""
    mine = "m.instance = d.instance AND m.workspace_id = d.workspace_id AND m.name = d.name"
    since = f"m.minute >= {w.seconds_ago(DAY_S)}"
    hits, misses = (
        f"(SELECT coalesce(sum(m.{count}), 0) FROM cache_minutes AS m WHERE {mine} AND {since})"
        for count in ("hits", "misses")
    )
    return f"""
SELECT d.instance || '/' || d.workspace_id || ':' || d.name AS cache_key,
       r.workspace_name,
       d.value AS data,
       CASE WHEN d.expires_at > {w.now()} THEN 'fresh'
            WHEN d.made_at > {w.seconds_ago(SERVED_S)} THEN 'stale'
            ELSE 'expired' END AS status,
       {w.moment("d.made_at")} AS last_updated_at,
       {w.moment("d.expires_at")} AS expires_at,
       {hits} AS hit_count,
       {misses} AS miss_count
FROM datasets AS d
LEFT JOIN client_registry AS r ON r.instance = d.instance AND r.workspace_id = d.workspace_id
WHERE d.value IS NOT NULL"""


def function_call_logs(w: Words) -> str:
    """A row for the readings of a minute that were answered at once, and one for those that were not; how long they took is not kept."""
    return "\nUNION ALL".join((_calls(w, "hits", "true"), _calls(w, "misses", "false")))


def _calls(w: Words, count: str, hit: str) -> str:
    return f"""
SELECT m.name AS function_name,
       r.workspace_name,
       {hit} AS cache_hit,
       CAST(NULL AS double precision) AS response_time_ms,
       {w.moment("m.minute")} AS called_at,
       CAST(m.{count} AS bigint) AS calls
FROM cache_minutes AS m
LEFT JOIN client_registry AS r ON r.instance = m.instance AND r.workspace_id = m.workspace_id
WHERE m.{count} > 0"""
