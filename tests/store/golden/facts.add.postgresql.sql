INSERT INTO bisonwatch.facts (instance, workspace_id, type, key, at, rank, source, seen_at, logged_at, webhook_at, delivery_id) SELECT given.instance,
    given.workspace_id,
    given.type,
    given.key,
    given.at,
    given.rank,
    given.source,
    given.seen_at,
    given.logged_at,
    given.webhook_at,
    given.delivery_id
FROM unnest($1::TEXT[], $2::BIGINT[], $3::TEXT[], $4::TEXT[], $5::TIMESTAMP WITH TIME ZONE[], $6::SMALLINT[], $7::TEXT[], $8::TIMESTAMP WITH TIME ZONE[], $9::TIMESTAMP WITH TIME ZONE[], $10::TIMESTAMP WITH TIME ZONE[], $11::UUID[]) AS given(instance, workspace_id, type, key, at, rank, source, seen_at, logged_at, webhook_at, delivery_id)
ON CONFLICT (instance, workspace_id, type, key) DO NOTHING
RETURNING bisonwatch.facts.instance,
    bisonwatch.facts.workspace_id,
    bisonwatch.facts.type,
    bisonwatch.facts.key;

INSERT INTO bisonwatch.facts (instance, workspace_id, type, key, at, rank, source, seen_at, logged_at, webhook_at, delivery_id) SELECT given.instance,
    given.workspace_id,
    given.type,
    given.key,
    given.at,
    given.rank,
    given.source,
    given.seen_at,
    given.logged_at,
    given.webhook_at,
    given.delivery_id
FROM unnest($1::TEXT[], $2::BIGINT[], $3::TEXT[], $4::TEXT[], $5::TIMESTAMP WITH TIME ZONE[], $6::SMALLINT[], $7::TEXT[], $8::TIMESTAMP WITH TIME ZONE[], $9::TIMESTAMP WITH TIME ZONE[], $10::TIMESTAMP WITH TIME ZONE[], $11::UUID[]) AS given(instance, workspace_id, type, key, at, rank, source, seen_at, logged_at, webhook_at, delivery_id)
ON CONFLICT (instance, workspace_id, type, key) DO NOTHING
RETURNING bisonwatch.facts.instance,
    bisonwatch.facts.workspace_id,
    bisonwatch.facts.type,
    bisonwatch.facts.key;

SELECT bisonwatch.facts.instance,
    bisonwatch.facts.workspace_id,
    bisonwatch.facts.type,
    bisonwatch.facts.key,
    bisonwatch.facts.at,
    bisonwatch.facts.rank,
    bisonwatch.facts.webhook_at,
    bisonwatch.facts.logged_at,
    bisonwatch.facts.source
FROM bisonwatch.facts
WHERE (bisonwatch.facts.instance, bisonwatch.facts.workspace_id, bisonwatch.facts.type, bisonwatch.facts.key) IN (($1, $2, $3, $4)) FOR UPDATE;

UPDATE bisonwatch.facts SET at=$1::TIMESTAMP WITH TIME ZONE,
    rank=$2::SMALLINT,
    source=$3::VARCHAR,
    logged_at=$4::TIMESTAMP WITH TIME ZONE,
    webhook_at=$5::TIMESTAMP WITH TIME ZONE
WHERE bisonwatch.facts.instance = $6::VARCHAR AND bisonwatch.facts.workspace_id = $7::BIGINT AND bisonwatch.facts.type = $8::VARCHAR AND bisonwatch.facts.key = $9::VARCHAR;
