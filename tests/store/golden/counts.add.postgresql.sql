INSERT INTO bisonwatch.daily_counts (instance, workspace_id, day, metric, n)
VALUES ($1::VARCHAR, $2::BIGINT, $3::DATE, $4::VARCHAR, $5::BIGINT)
ON CONFLICT (instance, workspace_id, day, metric)
DO UPDATE SET n = (bisonwatch.daily_counts.n + excluded.n);
