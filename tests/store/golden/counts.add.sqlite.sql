INSERT INTO daily_counts (instance, workspace_id, day, metric, n)
VALUES (?, ?, ?, ?, ?)
ON CONFLICT (instance, workspace_id, day, metric)
DO UPDATE SET n = (daily_counts.n + excluded.n);
