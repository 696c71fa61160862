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
FROM (SELECT ready.id AS id, sum(ready.size) OVER (ORDER BY ready.next_try_at, ready.id) - ready.size AS "before"
FROM (SELECT inbox.next_try_at AS next_try_at, inbox.id AS id, inbox.size AS size
FROM inbox
WHERE inbox.state = 'pending' AND inbox.next_try_at <= ? ORDER BY inbox.next_try_at, inbox.id
LIMIT ? OFFSET ?) AS ready) AS some JOIN inbox ON inbox.id = some.id JOIN bodies ON bodies.id = some.id
WHERE some."before" < ? ORDER BY inbox.next_try_at,
    inbox.id;
