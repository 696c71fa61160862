SELECT bisonwatch.inbox.content_hash
FROM bisonwatch.inbox
WHERE bisonwatch.inbox.content_hash IN ($2::BYTEA) AND bisonwatch.inbox.received_at >= $1::TIMESTAMP WITH TIME ZONE;

INSERT INTO bisonwatch.inbox (id, instance, workspace_id, type, source, state, received_at, logged_at, content_hash, duplicate, canary, body, attempts, next_try_at)
VALUES ($1::UUID, $2::VARCHAR, $3::BIGINT, $4::VARCHAR, $5::VARCHAR, $6::VARCHAR, $7::TIMESTAMP WITH TIME ZONE, $8::TIMESTAMP WITH TIME ZONE, $9::BYTEA, $10::BOOLEAN, $11::VARCHAR, $12::BYTEA, $13::SMALLINT, $14::TIMESTAMP WITH TIME ZONE)
ON CONFLICT (id) DO NOTHING;
