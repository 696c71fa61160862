SELECT inbox.id,
    inbox.instance,
    inbox.workspace_id,
    inbox.type,
    inbox.source,
    inbox.received_at,
    bodies.body,
    inbox.content_hash,
    inbox.logged_at,
    inbox.canary,
    inbox.attempts
FROM inbox JOIN bodies ON bodies.id = inbox.id
WHERE inbox.state = 'pending' AND inbox.next_try_at <= ? ORDER BY inbox.next_try_at,
    inbox.id
LIMIT ? OFFSET ?;
