SELECT bisonwatch.inbox.id
FROM bisonwatch.inbox,
    unnest($1::UUID[]) AS given(b_id)
WHERE bisonwatch.inbox.id = given.b_id AND bisonwatch.inbox.state = 'pending' AND (SELECT concat(set_config('lock_timeout', $2::VARCHAR, true), set_config('idle_in_transaction_session_timeout', '10s', true)) AS concat_1) IS NOT NULL FOR UPDATE OF inbox SKIP LOCKED;
