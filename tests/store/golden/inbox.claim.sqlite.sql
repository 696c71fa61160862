SELECT inbox.id
FROM inbox
WHERE inbox.id = ? AND inbox.state = 'pending';
