INSERT INTO bisonwatch.daily_counts (instance, workspace_id, day, metric, n) SELECT given.instance,
    given.workspace_id,
    given.day,
    given.metric,
    given.n
FROM unnest($1::TEXT[], $2::BIGINT[], $3::DATE[], $4::TEXT[], $5::BIGINT[]) AS given(instance, workspace_id, day, metric, n)
ON CONFLICT (instance, workspace_id, day, metric)
DO UPDATE SET n = (bisonwatch.daily_counts.n + excluded.n);

INSERT INTO bisonwatch.month_counts (month, instance, workspace_id, metric, counted, days_counted) SELECT given.month,
    given.instance,
    given.workspace_id,
    given.metric,
    given.counted,
    given.days_counted
FROM unnest($1::DATE[], $2::TEXT[], $3::BIGINT[], $4::TEXT[], $5::BIGINT[], $6::INTEGER[]) AS given(month, instance, workspace_id, metric, counted, days_counted)
ON CONFLICT (month, instance, workspace_id, metric)
DO UPDATE SET counted = (bisonwatch.month_counts.counted + excluded.counted),
    covered = (bisonwatch.month_counts.covered + CASE WHEN (bisonwatch.month_counts.days_reported & excluded.days_counted = 0) THEN 0 ELSE excluded.counted END),
    days_counted = (bisonwatch.month_counts.days_counted | excluded.days_counted);
