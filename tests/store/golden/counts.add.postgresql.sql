INSERT INTO bisonwatch.daily_counts (instance, workspace_id, day, metric, n) SELECT given.instance,
    given.workspace_id,
    given.day,
    given.metric,
    given.n
FROM unnest($1::TEXT[], $2::BIGINT[], $3::DATE[], $4::TEXT[], $5::BIGINT[]) AS given(instance, workspace_id, day, metric, n)
ON CONFLICT (instance, workspace_id, day, metric)
DO UPDATE SET n = (bisonwatch.daily_counts.n + excluded.n);
