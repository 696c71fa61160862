UPDATE bisonwatch.inbox SET workspace_id=given.b_workspace_id,
    type=given.b_type,
    state=$1::VARCHAR,
    processed_at=given.b_processed_at,
    effect=given.b_effect,
    subject=given.b_subject,
    error=$2::VARCHAR
FROM unnest($3::UUID[], $4::TIMESTAMP WITH TIME ZONE[], $5::BIGINT[], $6::TEXT[], $7::TEXT[], $8::TEXT[]) AS given(b_id, b_processed_at, b_workspace_id, b_type, b_effect, b_subject)
WHERE bisonwatch.inbox.id = given.b_id;
