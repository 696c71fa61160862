INSERT INTO daily_counts (instance, workspace_id, day, metric, n)
VALUES (?, ?, ?, ?, ?)
ON CONFLICT (instance, workspace_id, day, metric)
DO UPDATE SET n = (daily_counts.n + excluded.n);

INSERT INTO month_counts (month, instance, workspace_id, metric, counted, days_counted)
VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (month, instance, workspace_id, metric)
DO UPDATE SET counted = (month_counts.counted + excluded.counted),
    covered = (month_counts.covered + CASE WHEN (month_counts.days_reported & excluded.days_counted = 0) THEN 0 ELSE excluded.counted END),
    days_counted = (month_counts.days_counted | excluded.days_counted);
