SELECT bisonwatch.inbox.id
FROM bisonwatch.inbox,
    unnest($1::UUID[]) AS given(b_id)
WHERE bisonwatch.inbox.id = given.b_id AND bisonwatch.inbox.state = 'pending' AND (SELECT set_config('lock_timeout', $2::VARCHAR, true) AS set_config_1) IS NOT NULL FOR UPDATE OF inbox SKIP LOCKED;
