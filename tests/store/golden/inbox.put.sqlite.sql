SELECT inbox.content_hash
FROM inbox
WHERE inbox.content_hash IN (?) AND inbox.received_at >= ?;

INSERT INTO inbox (id, instance, workspace_id, type, source, state, received_at, logged_at, content_hash, duplicate, canary, attempts, next_try_at, slot, size)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO NOTHING;

INSERT INTO bodies (id, body)
VALUES (?, ?)
ON CONFLICT (id) DO NOTHING;
