SELECT inbox.id
FROM inbox
WHERE inbox.id IN (?) AND inbox.state = 'pending';
