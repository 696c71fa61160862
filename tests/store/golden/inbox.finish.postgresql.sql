UPDATE bisonwatch.inbox SET workspace_id=$1::BIGINT,
    type=$2::VARCHAR,
    state=$3::VARCHAR,
    processed_at=$4::TIMESTAMP WITH TIME ZONE,
    effect=$5::VARCHAR,
    subject=$6::VARCHAR,
    error=$7::VARCHAR
WHERE bisonwatch.inbox.id = $8::UUID;
