SELECT bisonwatch.inbox.id,
    bisonwatch.inbox.instance,
    bisonwatch.inbox.workspace_id,
    bisonwatch.inbox.type,
    bisonwatch.inbox.source,
    bisonwatch.inbox.received_at,
    bisonwatch.bodies.body,
    bisonwatch.inbox.content_hash,
    bisonwatch.inbox.logged_at,
    bisonwatch.inbox.canary,
    bisonwatch.inbox.attempts
FROM bisonwatch.inbox JOIN bisonwatch.bodies ON bisonwatch.bodies.id = bisonwatch.inbox.id
WHERE bisonwatch.inbox.state = 'pending' AND bisonwatch.inbox.next_try_at <= $1::TIMESTAMP WITH TIME ZONE ORDER BY bisonwatch.inbox.next_try_at,
    bisonwatch.inbox.id
LIMIT $2::INTEGER;
