INSERT INTO daily_counts (instance, workspace_id, day, metric, n)
VALUES (?, ?, ?, ?, ?)
ON CONFLICT (instance, workspace_id, day, metric)
DO UPDATE SET n = (daily_counts.n + excluded.n);

INSERT INTO month_counts (month, instance, workspace_id, metric, counted, uncovered, reported, as_of, days_counted, days_reported)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (month, instance, workspace_id, metric)
DO UPDATE SET counted = (month_counts.counted + excluded.counted),
    uncovered = (month_counts.uncovered + CASE WHEN (month_counts.days_reported & excluded.days_counted = 0) THEN excluded.counted ELSE 0 END),
    days_counted = (month_counts.days_counted | excluded.days_counted);
