"""The log of webhooks under the old system's name."""

from __future__ import annotations

from bisonwatch.store.names.words import Words


def webhook_delivery_log(w: Words) -> str:
    """Webhooks only; what polls brought is in `inbox`. One that waits for its first try has no status yet."""
    took = w.seconds_between("i.received_at", "i.processed_at")
    return f"""
SELECT {w.key("i.id")} AS id,
       i.type AS event_type,
       r.workspace_name,
       {w.text("b.body")} AS payload,
       CASE WHEN i.state = 'done' THEN 'success'
            WHEN i.state IN ('dead', 'discarded') THEN 'failed'
            WHEN i.attempts > 0 THEN 'retry' END AS status,
       CASE i.state WHEN 'done' THEN true WHEN 'dead' THEN false WHEN 'discarded' THEN false END AS success,
       i.error AS error_message,
       CAST(round({took} * 1000) AS bigint) AS processing_time_ms,
       {w.moment("i.received_at")} AS received_at,
       {w.moment("i.received_at")} AS created_at
FROM inbox AS i
LEFT JOIN bodies AS b ON b.id = i.id
LEFT JOIN client_registry AS r ON r.instance = i.instance AND r.workspace_id = i.workspace_id
WHERE i.source = 'webhook'"""
