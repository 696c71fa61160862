SELECT bisonwatch.inbox.id
FROM bisonwatch.inbox,
    unnest($1::UUID[]) AS given(b_id)
WHERE bisonwatch.inbox.id = given.b_id AND bisonwatch.inbox.state = 'pending' FOR UPDATE OF inbox SKIP LOCKED;
