SELECT bisonwatch.inbox.id
FROM bisonwatch.inbox
WHERE bisonwatch.inbox.id IN ($1::UUID) AND bisonwatch.inbox.state = 'pending' FOR UPDATE SKIP LOCKED;
