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
FROM (SELECT ready.id AS id, sum(ready.size) OVER (ORDER BY ready.next_try_at, ready.id) - ready.size AS before
FROM (SELECT bisonwatch.inbox.next_try_at AS next_try_at, bisonwatch.inbox.id AS id, bisonwatch.inbox.size AS size
FROM bisonwatch.inbox
WHERE bisonwatch.inbox.state = 'pending' AND bisonwatch.inbox.next_try_at <= $1::TIMESTAMP WITH TIME ZONE ORDER BY bisonwatch.inbox.next_try_at, bisonwatch.inbox.id
LIMIT $2::INTEGER) AS ready) AS "some" JOIN bisonwatch.inbox ON bisonwatch.inbox.id = "some".id JOIN bisonwatch.bodies ON bisonwatch.bodies.id = "some".id
WHERE "some".before < $3::INTEGER ORDER BY bisonwatch.inbox.next_try_at,
    bisonwatch.inbox.id;
