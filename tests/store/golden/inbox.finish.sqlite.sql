UPDATE inbox SET workspace_id=?,
    type=?,
    state=?,
    processed_at=?,
    effect=?,
    subject=?,
    error=?
WHERE inbox.id = ?;
