SELECT bisonwatch.inbox.content_hash
FROM bisonwatch.inbox
WHERE bisonwatch.inbox.content_hash IN ($2::BYTEA) AND bisonwatch.inbox.received_at >= $1::TIMESTAMP WITH TIME ZONE;

INSERT INTO bisonwatch.inbox (id, instance, workspace_id, type, source, state, received_at, logged_at, content_hash, duplicate, canary, body, attempts, next_try_at) SELECT given.id,
    given.instance,
    given.workspace_id,
    given.type,
    given.source,
    given.state,
    given.received_at,
    given.logged_at,
    given.content_hash,
    given.duplicate,
    given.canary,
    given.body,
    given.attempts,
    given.next_try_at
FROM unnest($1::UUID[], $2::TEXT[], $3::BIGINT[], $4::TEXT[], $5::TEXT[], $6::TEXT[], $7::TIMESTAMP WITH TIME ZONE[], $8::TIMESTAMP WITH TIME ZONE[], $9::BYTEA[], $10::BOOLEAN[], $11::TEXT[], $12::BYTEA[], $13::SMALLINT[], $14::TIMESTAMP WITH TIME ZONE[]) AS given(id, instance, workspace_id, type, source, state, received_at, logged_at, content_hash, duplicate, canary, body, attempts, next_try_at)
ON CONFLICT (id) DO NOTHING;
