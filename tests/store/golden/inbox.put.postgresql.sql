WITH given AS
(SELECT given.id AS id, given.instance AS instance, given.workspace_id AS workspace_id, given.type AS type, given.source AS source, given.state AS state, given.received_at AS received_at, given.logged_at AS logged_at, given.content_hash AS content_hash, given.duplicate AS duplicate, given.canary AS canary, given.attempts AS attempts, given.next_try_at AS next_try_at, given.slot AS slot, given.size AS size, given.body AS body
FROM unnest($1::UUID[], $2::TEXT[], $3::BIGINT[], $4::TEXT[], $5::TEXT[], $6::TEXT[], $7::TIMESTAMP WITH TIME ZONE[], $8::TIMESTAMP WITH TIME ZONE[], $9::BYTEA[], $10::BOOLEAN[], $11::TEXT[], $12::SMALLINT[], $13::TIMESTAMP WITH TIME ZONE[], $14::SMALLINT[], $15::INTEGER[], $16::BYTEA[]) AS given(id, instance, workspace_id, type, source, state, received_at, logged_at, content_hash, duplicate, canary, attempts, next_try_at, slot, size, body)),
   
kept AS
(INSERT INTO bisonwatch.bodies (id, body) SELECT given.id AS id, given.body AS body
FROM given
ON CONFLICT (id) DO NOTHING)
INSERT INTO bisonwatch.inbox (id, instance, workspace_id, type, source, state, received_at, logged_at, content_hash, duplicate, canary, attempts, next_try_at, slot, size) SELECT given.id,
    given.instance,
    given.workspace_id,
    given.type,
    given.source,
    given.state,
    given.received_at,
    given.logged_at,
    given.content_hash,
    given.duplicate OR (EXISTS (SELECT *
FROM bisonwatch.inbox AS "old"
WHERE "old".content_hash = given.content_hash AND "old".received_at >= $17::TIMESTAMP WITH TIME ZONE)) AS anon_1,
    given.canary,
    given.attempts,
    given.next_try_at,
    given.slot,
    given.size
FROM given
ON CONFLICT (id) DO NOTHING
RETURNING bisonwatch.inbox.id,
    bisonwatch.inbox.duplicate;
