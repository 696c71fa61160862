INSERT INTO facts (instance, workspace_id, type, "key", at, rank, source, seen_at, logged_at, webhook_at, delivery_id)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (instance, workspace_id, type, "key") DO NOTHING
RETURNING instance,
    workspace_id,
    type,
    "key";

INSERT INTO facts (instance, workspace_id, type, "key", at, rank, source, seen_at, logged_at, webhook_at, delivery_id)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (instance, workspace_id, type, "key") DO NOTHING
RETURNING instance,
    workspace_id,
    type,
    "key";

SELECT facts.instance,
    facts.workspace_id,
    facts.type,
    facts."key",
    facts.at,
    facts.rank,
    facts.webhook_at,
    facts.logged_at,
    facts.source
FROM facts
WHERE (facts.instance, facts.workspace_id, facts.type, facts."key") IN (VALUES (?, ?, ?, ?));

UPDATE facts SET at=?,
    rank=?,
    source=?,
    logged_at=?,
    webhook_at=?
WHERE facts.instance = ? AND facts.workspace_id = ? AND facts.type = ? AND facts."key" = ?;
