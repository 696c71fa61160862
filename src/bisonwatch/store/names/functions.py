"""The functions that people call, on Postgres. All but one only read; that one queues a run, which a living node takes.

Each runs with its caller's rights and in our schema, whatever the caller's search path is; `{schema}` is filled in by the migration.
"""

from __future__ import annotations

_READS = 'LANGUAGE sql STABLE SECURITY INVOKER SET search_path = "{schema}", pg_temp'

_PROVIDERS = f"""
CREATE FUNCTION aggregate_provider_stats()
RETURNS TABLE (provider text, total_accounts bigint, connected_accounts bigint, sends bigint, replies bigint, bounces bigint,
               reply_rate_percentage numeric)
{_READS} AS $$
SELECT a.provider, count(*), count(*) FILTER (WHERE a.status = 'connected'),
       sum(a.sent)::bigint, sum(a.replied)::bigint, sum(a.bounced)::bigint,
       round(100.0 * sum(a.replied) / nullif(sum(a.sent), 0), 2)
FROM accounts AS a WHERE a.status <> 'removed'
GROUP BY a.provider ORDER BY a.provider
$$"""

_STATES = f"""
CREATE FUNCTION get_account_status_stats()
RETURNS TABLE (status text, total_accounts bigint, percentage numeric)
{_READS} AS $$
SELECT a.status, count(*), round(100.0 * count(*) / sum(count(*)) OVER (), 2)
FROM accounts AS a WHERE a.status <> 'removed'
GROUP BY a.status ORDER BY a.status
$$"""

# The provider's counters only grow, so a week's rate is that of their growth; a workspace that has no row at either end, or whose
# counters fell since accounts left it, says nothing about that week.
_DROP = f"""
CREATE FUNCTION check_provider_reply_rate_drop()
RETURNS TABLE (provider text, current_reply_rate numeric, previous_reply_rate numeric, drop_percentage numeric, dropped boolean)
{_READS} AS $$
WITH newest AS (SELECT max(day) AS day FROM provider_days),
weeks AS (
  SELECT late.provider, week.n, sum(late.sent - early.sent) AS sent, sum(late.replied - early.replied) AS replied
  FROM newest CROSS JOIN (VALUES (0), (1)) AS week (n)
  JOIN provider_days AS late ON late.day = newest.day - 7 * week.n
  JOIN provider_days AS early ON early.instance = late.instance AND early.workspace_id = late.workspace_id
                             AND early.provider = late.provider AND early.day = late.day - 7
  WHERE late.sent >= early.sent AND late.replied >= early.replied
  GROUP BY late.provider, week.n
),
rates AS (
  SELECT known.provider,
         (SELECT 100.0 * w.replied / nullif(w.sent, 0) FROM weeks AS w WHERE w.provider = known.provider AND w.n = 0) AS now,
         (SELECT 100.0 * w.replied / nullif(w.sent, 0) FROM weeks AS w WHERE w.provider = known.provider AND w.n = 1) AS before
  FROM (SELECT DISTINCT d.provider FROM provider_days AS d JOIN newest ON d.day = newest.day) AS known
)
SELECT r.provider, round(r.now, 2), round(r.before, 2), round(100.0 * (r.before - r.now) / nullif(r.before, 0), 2),
       100.0 * (r.before - r.now) / nullif(r.before, 0) > 20
FROM rates AS r ORDER BY r.provider
$$"""

DROP_ANEW = _DROP.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
"""Where it was made when a drop by 20 % was enough."""

_SYNC = f"""
CREATE FUNCTION get_email_sync_health()
RETURNS TABLE (last_success_at timestamptz, minutes_since_success double precision, last_status text, runs_24h bigint,
               failed_24h bigint, is_healthy boolean)
{_READS} AS $$
WITH logs AS (SELECT l.* FROM email_sync_logs AS l),
whole AS (SELECT max(l.completed_at) AS at FROM logs AS l WHERE l.status = 'success')
SELECT whole.at,
       extract(epoch FROM now() - whole.at)::double precision / 60,
       (SELECT l.status FROM logs AS l WHERE l.completed_at IS NOT NULL ORDER BY l.completed_at DESC LIMIT 1),
       (SELECT count(*) FROM logs AS l WHERE l.started_at >= now() - interval '24 hours'),
       (SELECT count(*) FROM logs AS l WHERE l.started_at >= now() - interval '24 hours' AND l.status = 'failed'),
       coalesce(whole.at >= now() - interval '60 minutes', false)
FROM whole
$$"""

_RHYTHM = f"""
CREATE FUNCTION get_email_cache_cron_status()
RETURNS TABLE (job text, engine_running boolean, queued bigint, running bigint, last_started_at timestamptz,
               last_finished_at timestamptz, last_status text, last_error text)
{_READS} AS $$
SELECT j.job,
       EXISTS (SELECT 1 FROM nodes AS n WHERE n.stopped_at IS NULL AND n.seen_at > now() - interval '10 seconds'),
       (SELECT count(*) FROM runs AS u WHERE u.job = j.job AND u.state = 'queued'),
       (SELECT count(*) FROM runs AS u WHERE u.job = j.job AND u.state = 'running'),
       last.started_at, last.finished_at, last.outcome, last.error
FROM (VALUES ('accounts')) AS j (job)
LEFT JOIN LATERAL (
  SELECT u.started_at, u.finished_at, u.outcome, u.error FROM runs AS u
  WHERE u.job = j.job AND u.state = 'done' ORDER BY u.queued_at DESC LIMIT 1
) AS last ON true
$$"""

# One that waits already is enough; one that the schedule asked for is light, or a share of the whole.
_TRIGGER = """
CREATE FUNCTION trigger_email_cache_sync()
RETURNS uuid
LANGUAGE plpgsql VOLATILE SECURITY INVOKER SET search_path = "{schema}", pg_temp AS $$
DECLARE
  run uuid;
BEGIN
  SELECT u.id INTO run FROM runs AS u
   WHERE u.job = 'accounts' AND u.instance IS NULL AND u.state = 'queued' AND u.asked_by <> 'schedule' AND u.shares = 1
   ORDER BY u.queued_at LIMIT 1;
  IF run IS NULL THEN
    run := gen_random_uuid();
    INSERT INTO runs (id, job, parts, asked_by, state, queued_at, done, rows_read, rows_written, rows_unchanged, rows_removed,
                      requests, retries, cancel_asked)
    VALUES (run, 'accounts', '[]', 'trigger_email_cache_sync()', 'queued', now(), 0, 0, 0, 0, 0, 0, 0, false);
  END IF;
  RETURN run;
END
$$"""

FUNCTIONS = (_PROVIDERS, _STATES, _DROP, _SYNC, _RHYTHM, _TRIGGER)
