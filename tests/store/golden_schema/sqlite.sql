CREATE TABLE account_walks (
    instance TEXT NOT NULL,
    workspace_id BIGINT NOT NULL,
    walked_at BIGINT,
    swept_at BIGINT,
    warmed_at BIGINT,
    met INTEGER,
    told INTEGER,
    held TEXT NOT NULL,
    held_at BIGINT,
    held_of INTEGER,
    elsewhere TEXT NOT NULL,
    confirmed_at BIGINT,
    confirmed_by TEXT,
    CONSTRAINT pk_account_walks PRIMARY KEY (instance, workspace_id)
)
CREATE TABLE account_warmups (
    instance TEXT NOT NULL,
    id BIGINT NOT NULL,
    workspace_id BIGINT NOT NULL,
    score DOUBLE,
    sent BIGINT NOT NULL,
    replied BIGINT NOT NULL,
    saved_from_spam BIGINT NOT NULL,
    bounces_received BIGINT NOT NULL,
    bounces_caused BIGINT NOT NULL,
    disabled_for_bouncing BIGINT NOT NULL,
    known_at BIGINT NOT NULL,
    CONSTRAINT pk_account_warmups PRIMARY KEY (instance, id)
)
CREATE INDEX ix_account_warmups_workspace ON account_warmups (instance, workspace_id)
CREATE TABLE accounts (
    instance TEXT NOT NULL,
    id BIGINT NOT NULL,
    workspace_id BIGINT NOT NULL,
    email TEXT NOT NULL,
    name TEXT,
    status TEXT NOT NULL,
    type TEXT NOT NULL,
    provider TEXT NOT NULL,
    reseller TEXT,
    tags TEXT NOT NULL,
    daily_limit INTEGER NOT NULL,
    warmup_enabled BOOLEAN,
    sent BIGINT NOT NULL,
    replied BIGINT NOT NULL,
    bounced BIGINT NOT NULL,
    row_hash BIGINT NOT NULL,
    known_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL, opened BIGINT DEFAULT 0 NOT NULL, unsubscribed BIGINT DEFAULT 0 NOT NULL, interested BIGINT DEFAULT 0 NOT NULL, contacted BIGINT DEFAULT 0 NOT NULL, unique_replied BIGINT DEFAULT 0 NOT NULL, unique_opened BIGINT DEFAULT 0 NOT NULL,
    CONSTRAINT pk_accounts PRIMARY KEY (instance, id)
)
CREATE INDEX ix_accounts_workspace ON accounts (instance, workspace_id, id, status)
CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL,
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
)
CREATE VIEW api_health_logs AS
SELECT CAST(NULL AS text) AS "api_name",
       CAST(NULL AS text) AS "endpoint",
       CAST(NULL AS double precision) AS "response_time_ms",
       CAST(NULL AS boolean) AS "success",
       CAST(NULL AS text) AS "error",
       CAST(NULL AS TEXT) AS "timestamp",
       CAST(NULL AS bigint) AS "calls"
WHERE 1 = 0
CREATE TABLE backfills (
    instance TEXT NOT NULL,
    workspace_id BIGINT NOT NULL,
    stream TEXT NOT NULL,
    last_day DATE NOT NULL,
    first_day DATE NOT NULL,
    mark TEXT,
    read_at BIGINT NOT NULL,
    CONSTRAINT pk_backfills PRIMARY KEY (instance, workspace_id, stream, last_day)
)
CREATE TABLE bodies (
    id BLOB NOT NULL,
    body BLOB NOT NULL,
    CONSTRAINT pk_bodies PRIMARY KEY (id)
)
CREATE TABLE cache_minutes (
    instance TEXT NOT NULL,
    workspace_id BIGINT NOT NULL,
    minute BIGINT NOT NULL,
    name TEXT NOT NULL,
    hits INTEGER NOT NULL,
    misses INTEGER NOT NULL,
    stale INTEGER NOT NULL,
    refreshed INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    prefetched INTEGER NOT NULL,
    late INTEGER NOT NULL,
    CONSTRAINT pk_cache_minutes PRIMARY KEY (instance, workspace_id, minute, name)
)
 WITHOUT ROWID


CREATE INDEX ix_cache_minutes_minute ON cache_minutes (minute)
CREATE TABLE campaigns (
    instance TEXT NOT NULL,
    workspace_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    name TEXT,
    known_at BIGINT NOT NULL,
    known_rank SMALLINT NOT NULL,
    known_sequence BIGINT NOT NULL, type TEXT, status TEXT, prioritization TEXT, completion INTEGER, open_tracking BOOLEAN, plain_text BOOLEAN, can_unsubscribe BOOLEAN, include_auto_replies BOOLEAN, max_emails_per_day BIGINT, max_new_leads_per_day BIGINT, max_per_receiving_domain BIGINT, total_leads BIGINT, leads_contacted BIGINT, sent BIGINT, opened BIGINT, unique_opens BIGINT, replied BIGINT, unique_replies BIGINT, bounced BIGINT, unsubscribed BIGINT, interested BIGINT, tags TEXT, created_at BIGINT, updated_at BIGINT, read_at BIGINT, gone_at BIGINT, row_hash BIGINT,
    CONSTRAINT pk_campaigns PRIMARY KEY (instance, workspace_id, id)
)
CREATE TABLE client_leads (
    instance TEXT NOT NULL,
    workspace_id BIGINT NOT NULL,
    lead_email TEXT NOT NULL,
    workspace_name TEXT NOT NULL,
    lead_id BIGINT,
    first_name TEXT,
    last_name TEXT,
    company TEXT,
    title TEXT,
    phone TEXT,
    state TEXT,
    status TEXT,
    pipeline_stage TEXT,
    stage_author TEXT DEFAULT 'auto' NOT NULL,
    auto_stage TEXT DEFAULT 'new' NOT NULL,
    contacted_at BIGINT,
    replied_at BIGINT,
    interested_at BIGINT,
    bounced_at BIGINT,
    unsubscribed_at BIGINT,
    campaign_id BIGINT,
    sender_email_id BIGINT,
    contact_known_at BIGINT,
    contact_sequence BIGINT,
    reply_id BIGINT,
    date_received BIGINT,
    known_at BIGINT NOT NULL,
    known_rank SMALLINT NOT NULL,
    known_sequence BIGINT NOT NULL,
    updated_at BIGINT,
    CONSTRAINT pk_client_leads PRIMARY KEY (instance, workspace_id, lead_email),
    CONSTRAINT uq_client_leads_workspace_name_lead_email UNIQUE (workspace_name, lead_email)
)
CREATE INDEX ix_client_leads_id ON client_leads (instance, workspace_id, lead_id)
CREATE TRIGGER client_leads_given BEFORE INSERT ON client_leads
WHEN NEW.instance IS NULL OR NEW.workspace_id IS NULL OR NEW.known_at IS NULL
BEGIN
  SELECT raise(ABORT, 'client_leads: a new lead needs instance, workspace_id and the known_ columns; leads that are here can be updated by workspace_name and lead_email');
END
CREATE TRIGGER client_leads_new AFTER INSERT ON client_leads
WHEN NEW.pipeline_stage <> NEW.auto_stage AND NEW.stage_author = 'auto'
BEGIN
  UPDATE client_leads SET stage_author = 'person'
   WHERE instance = NEW.instance AND workspace_id = NEW.workspace_id AND lead_email = NEW.lead_email;
END
CREATE TRIGGER client_leads_person AFTER UPDATE OF pipeline_stage ON client_leads
WHEN NEW.pipeline_stage IS NOT OLD.pipeline_stage AND NEW.pipeline_stage IS NOT NEW.auto_stage
BEGIN
  UPDATE client_leads
     SET stage_author = CASE WHEN NEW.pipeline_stage IS NULL THEN 'auto' ELSE 'person' END,
         pipeline_stage = coalesce(NEW.pipeline_stage, NEW.auto_stage)
   WHERE instance = NEW.instance AND workspace_id = NEW.workspace_id AND lead_email = NEW.lead_email;
END
CREATE TABLE client_metrics (
    instance TEXT NOT NULL,
    workspace_id BIGINT NOT NULL,
    metric_type TEXT NOT NULL,
    workspace_name TEXT NOT NULL,
    emails_sent_mtd BIGINT,
    opens_mtd BIGINT,
    replies_mtd BIGINT,
    interested_mtd BIGINT,
    positive_replies_mtd BIGINT,
    bounces_mtd BIGINT,
    bounced_mtd BIGINT,
    unsubscribes_mtd BIGINT,
    unsubscribed_mtd BIGINT,
    last_webhook_update_at BIGINT,
    last_poll_update_at BIGINT,
    update_source TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    CONSTRAINT pk_client_metrics PRIMARY KEY (instance, workspace_id, metric_type),
    CONSTRAINT uq_client_metrics_workspace_name_metric_type UNIQUE (workspace_name, metric_type)
)
CREATE TABLE client_registry (
    instance TEXT NOT NULL,
    workspace_id BIGINT NOT NULL,
    workspace_name TEXT NOT NULL,
    provider_name TEXT NOT NULL,
    name_known_at BIGINT NOT NULL,
    active BOOLEAN NOT NULL,
    kpi_target INTEGER,
    daily_limit INTEGER,
    first_seen_at BIGINT NOT NULL,
    CONSTRAINT pk_client_registry PRIMARY KEY (instance, workspace_id),
    CONSTRAINT uq_client_registry_workspace_name UNIQUE (workspace_name)
)
CREATE TABLE consistency (
    instance TEXT NOT NULL,
    workspace_id BIGINT NOT NULL,
    day DATE NOT NULL,
    metric TEXT NOT NULL,
    counted BIGINT NOT NULL,
    reported BIGINT NOT NULL,
    drift DOUBLE NOT NULL,
    reason TEXT,
    as_of BIGINT NOT NULL,
    checked_at BIGINT NOT NULL,
    healed_at BIGINT,
    resync_id BLOB,
    CONSTRAINT pk_consistency PRIMARY KEY (instance, workspace_id, day, metric)
)
 WITHOUT ROWID


CREATE INDEX ix_consistency_checked ON consistency (checked_at)
CREATE TABLE copies (
    table_name TEXT NOT NULL,
    source TEXT NOT NULL,
    last_key TEXT,
    rows BIGINT NOT NULL,
    finished_at BIGINT,
    CONSTRAINT pk_copies PRIMARY KEY (table_name)
)
CREATE TABLE cursors (
    instance TEXT NOT NULL,
    workspace_id BIGINT NOT NULL,
    stream TEXT NOT NULL,
    position BIGINT NOT NULL,
    position_at BIGINT NOT NULL,
    walked_at BIGINT NOT NULL,
    CONSTRAINT pk_cursors PRIMARY KEY (instance, workspace_id, stream)
)
CREATE TABLE daily_counts (
    instance TEXT NOT NULL,
    workspace_id BIGINT NOT NULL,
    day DATE NOT NULL,
    metric TEXT NOT NULL,
    n BIGINT NOT NULL,
    CONSTRAINT pk_daily_counts PRIMARY KEY (instance, workspace_id, day, metric)
)
 WITHOUT ROWID


CREATE TABLE daily_reports (
    instance TEXT NOT NULL,
    workspace_id BIGINT NOT NULL,
    day DATE NOT NULL,
    metric TEXT NOT NULL,
    n BIGINT NOT NULL,
    as_of BIGINT NOT NULL,
    CONSTRAINT pk_daily_reports PRIMARY KEY (instance, workspace_id, day, metric)
)
 WITHOUT ROWID


CREATE VIEW dashboard_health_summary AS
SELECT max(0, 100 - (lost_to_engine + lost_to_no_workspace + lost_to_critical + lost_to_warning + lost_to_unknown + lost_to_backlog + lost_to_dead_letters + lost_to_polling)) AS health_score,
       workspaces, healthy_workspaces, idle_workspaces, warning_workspaces, critical_workspaces, unknown_workspaces, paused_workspaces,
       polled_workspaces, dead_letters, backlog, backlog_limit, engine_running,
       lost_to_engine, lost_to_no_workspace, lost_to_critical, lost_to_warning, lost_to_unknown, lost_to_backlog, lost_to_dead_letters, lost_to_polling,
       strftime('%Y-%m-%dT%H:%M:%S', updated_at / 1000000, 'unixepoch') || printf('.%06dZ', updated_at % 1000000) AS updated_at
FROM (
SELECT f.*,
       CASE WHEN engine_running THEN 0 ELSE 50 END AS lost_to_engine,
       CASE WHEN workspaces = 0 THEN 50 ELSE 0 END AS lost_to_no_workspace,
       CASE WHEN critical_workspaces = 0 THEN 0 ELSE min(50, 15 + 5 * critical_workspaces) END AS lost_to_critical,
       CASE WHEN warning_workspaces = 0 THEN 0 ELSE min(30, 4 + 3 * warning_workspaces) END AS lost_to_warning,
       CASE WHEN unknown_workspaces = 0 THEN 0 ELSE min(30, 3 + 2 * unknown_workspaces) END AS lost_to_unknown,
       CASE WHEN backlog > backlog_limit THEN 10 ELSE 0 END AS lost_to_backlog,
       CASE WHEN dead_letters = 0 THEN 0 ELSE min(10, 0 + 1 * dead_letters) END AS lost_to_dead_letters,
       CASE WHEN polled_workspaces = 0 THEN 0 ELSE min(10, 0 + 1 * polled_workspaces) END AS lost_to_polling
FROM (
SELECT count(*) AS workspaces,
       count(CASE WHEN health = 'healthy' THEN 1 END) AS healthy_workspaces,
       count(CASE WHEN health = 'idle' THEN 1 END) AS idle_workspaces,
       count(CASE WHEN health = 'warning' THEN 1 END) AS warning_workspaces,
       count(CASE WHEN health = 'critical' THEN 1 END) AS critical_workspaces,
       count(CASE WHEN health = 'unknown' THEN 1 END) AS unknown_workspaces,
       count(CASE WHEN health = 'paused' THEN 1 END) AS paused_workspaces,
       count(CASE WHEN health <> 'paused' AND subscribed_at IS NULL THEN 1 END) AS polled_workspaces,
       (SELECT count(*) FROM inbox WHERE state = 'dead') AS dead_letters,
       (SELECT count(*) FROM inbox WHERE state = 'pending') AS backlog,
       (SELECT max(json_extract(n.figures, '$.backlog_limit')) FROM nodes AS n WHERE n.stopped_at IS NULL AND n.seen_at > (CAST(strftime('%s', 'now') AS INTEGER) - 10) * 1000000)
           AS backlog_limit,
       EXISTS (SELECT 1 FROM nodes AS n WHERE n.stopped_at IS NULL AND n.seen_at > (CAST(strftime('%s', 'now') AS INTEGER) - 10) * 1000000) AS engine_running,
       (SELECT max(seen_at) FROM nodes) AS updated_at
FROM (SELECT s.health, w.subscribed_at FROM (
SELECT r.instance, r.workspace_id, r.workspace_name, max(coalesce(t.at, o.at), coalesce(o.at, t.at)) AS since,
       CASE WHEN t.health = 'paused' THEN 'paused'
            WHEN NOT EXISTS (SELECT 1 FROM nodes AS n WHERE n.stopped_at IS NULL AND n.seen_at > (CAST(strftime('%s', 'now') AS INTEGER) - 10) * 1000000) THEN 'unknown'
            WHEN o.worst = 2 OR t.health = 'critical' THEN 'critical'
            WHEN o.worst = 1 OR t.health = 'warning' THEN 'warning'
            ELSE coalesce(t.health, 'unknown') END AS health
FROM client_registry AS r
LEFT JOIN transitions AS t ON t.instance = r.instance AND t.workspace_id = r.workspace_id
                          AND t.rule = 'webhook_silence' AND t.ended_at IS NULL
LEFT JOIN (SELECT instance, workspace_id, max(at) AS at, max(CASE WHEN health = 'critical' THEN 2 ELSE 1 END) AS worst
           FROM transitions
           WHERE ended_at IS NULL AND rule <> 'webhook_silence' AND health IN ('critical', 'warning')
           GROUP BY instance, workspace_id) AS o ON o.instance = r.instance AND o.workspace_id = r.workspace_id
) AS s
      LEFT JOIN workspace_watch AS w ON w.instance = s.instance AND w.workspace_id = s.workspace_id) AS known
) AS f
) AS scored
CREATE VIEW data_cache_metadata AS
SELECT d.instance || '/' || d.workspace_id || ':' || d.name AS cache_key,
       r.workspace_name,
       d.value AS data,
       CASE WHEN d.expires_at > CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER) * 1000 THEN 'fresh'
            WHEN d.made_at > (CAST(strftime('%s', 'now') AS INTEGER) - 3600) * 1000000 THEN 'stale'
            ELSE 'expired' END AS status,
       strftime('%Y-%m-%dT%H:%M:%S', d.made_at / 1000000, 'unixepoch') || printf('.%06dZ', d.made_at % 1000000) AS last_updated_at,
       strftime('%Y-%m-%dT%H:%M:%S', d.expires_at / 1000000, 'unixepoch') || printf('.%06dZ', d.expires_at % 1000000) AS expires_at,
       (SELECT coalesce(sum(m.hits), 0) FROM cache_minutes AS m WHERE m.instance = d.instance AND m.workspace_id = d.workspace_id AND m.name = d.name AND m.minute >= (CAST(strftime('%s', 'now') AS INTEGER) - 86400) * 1000000) AS hit_count,
       (SELECT coalesce(sum(m.misses), 0) FROM cache_minutes AS m WHERE m.instance = d.instance AND m.workspace_id = d.workspace_id AND m.name = d.name AND m.minute >= (CAST(strftime('%s', 'now') AS INTEGER) - 86400) * 1000000) AS miss_count
FROM datasets AS d
LEFT JOIN client_registry AS r ON r.instance = d.instance AND r.workspace_id = d.workspace_id
WHERE d.value IS NOT NULL
CREATE VIEW data_health_summary AS
SELECT s.workspace_name,
       strftime('%Y-%m-%dT%H:%M:%S', w.last_webhook_at / 1000000, 'unixepoch') || printf('.%06dZ', w.last_webhook_at % 1000000) AS last_webhook_at,
       ((CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER) * 1000 - w.last_webhook_at) / 1000000.0) / 60 AS minutes_since_webhook,
       coalesce(d.webhooks, 0) AS webhook_count_24h,
       coalesce(d.walks, 0) AS poll_count_24h,
       s.health AS health_status,
       CASE WHEN w.last_webhook_at IS NULL THEN 'unknown'
            WHEN ((CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER) * 1000 - w.last_webhook_at) / 1000000.0) > 600 THEN 'critical'
            WHEN ((CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER) * 1000 - w.last_webhook_at) / 1000000.0) > 300 THEN 'warning'
            ELSE 'healthy' END AS silence_status
FROM (
SELECT r.instance, r.workspace_id, r.workspace_name, max(coalesce(t.at, o.at), coalesce(o.at, t.at)) AS since,
       CASE WHEN t.health = 'paused' THEN 'paused'
            WHEN NOT EXISTS (SELECT 1 FROM nodes AS n WHERE n.stopped_at IS NULL AND n.seen_at > (CAST(strftime('%s', 'now') AS INTEGER) - 10) * 1000000) THEN 'unknown'
            WHEN o.worst = 2 OR t.health = 'critical' THEN 'critical'
            WHEN o.worst = 1 OR t.health = 'warning' THEN 'warning'
            ELSE coalesce(t.health, 'unknown') END AS health
FROM client_registry AS r
LEFT JOIN transitions AS t ON t.instance = r.instance AND t.workspace_id = r.workspace_id
                          AND t.rule = 'webhook_silence' AND t.ended_at IS NULL
LEFT JOIN (SELECT instance, workspace_id, max(at) AS at, max(CASE WHEN health = 'critical' THEN 2 ELSE 1 END) AS worst
           FROM transitions
           WHERE ended_at IS NULL AND rule <> 'webhook_silence' AND health IN ('critical', 'warning')
           GROUP BY instance, workspace_id) AS o ON o.instance = r.instance AND o.workspace_id = r.workspace_id
) AS s
LEFT JOIN workspace_watch AS w ON w.instance = s.instance AND w.workspace_id = s.workspace_id
LEFT JOIN (
SELECT instance, workspace_id, CAST(sum(webhooks) AS bigint) AS webhooks, CAST(sum(walks) AS bigint) AS walks,
       CAST(sum(webhooks + polled) AS bigint) AS processed
FROM traffic WHERE minute >= (CAST(strftime('%s', 'now') AS INTEGER) - 86400) * 1000000 GROUP BY instance, workspace_id
) AS d ON d.instance = s.instance AND d.workspace_id = s.workspace_id
CREATE VIEW data_validation_errors AS
SELECT CAST(NULL AS text) AS "source",
       CAST(NULL AS text) AS "error_type",
       CAST(NULL AS text) AS "field",
       CAST(NULL AS bigint) AS "occurrences",
       CAST(NULL AS TEXT) AS "timestamp"
WHERE 1 = 0
CREATE TABLE datasets (
    instance TEXT NOT NULL,
    workspace_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    value TEXT,
    warnings TEXT NOT NULL,
    CONSTRAINT pk_datasets PRIMARY KEY (instance, workspace_id, name)
)
CREATE INDEX ix_datasets_made ON datasets (made_at)
CREATE TABLE drifts (
    instance TEXT NOT NULL,
    workspace_id BIGINT NOT NULL,
    drift DOUBLE,
    metric TEXT,
    reason TEXT,
    checked_at BIGINT NOT NULL,
    shift SMALLINT,
    over_since BIGINT,
    resync_at BIGINT,
    resync_id BLOB,
    resync_gaps TEXT,
    CONSTRAINT pk_drifts PRIMARY KEY (instance, workspace_id)
)
CREATE VIEW email_accounts_cache AS
SELECT a.email AS email_address,
       a.id AS bison_id,
       a.workspace_id,
       r.workspace_name,
       a.instance AS bison_instance,
       json_object('id', a.id, 'email', a.email, 'name', a.name, 'status', a.status, 'type', a.type, 'provider', a.provider, 'reseller', a.reseller, 'daily_limit', a.daily_limit, 'warmup_enabled', json(CASE a.warmup_enabled WHEN 1 THEN 'true' WHEN 0 THEN 'false' ELSE 'null' END), 'tags', json(a.tags), 'sends', a.sent, 'replies', a.replied, 'bounces', a.bounced) AS account_data,
       CASE WHEN a.status = 'removed' THEN 'removed'
            WHEN a.seen_at >= (CAST(strftime('%s', 'now') AS INTEGER) - 7200) * 1000000 THEN 'success'
            ELSE 'stale' END AS sync_status,
       strftime('%Y-%m-%dT%H:%M:%S', a.seen_at / 1000000, 'unixepoch') || printf('.%06dZ', a.seen_at % 1000000) AS last_synced_at
FROM accounts AS a
LEFT JOIN client_registry AS r ON r.instance = a.instance AND r.workspace_id = a.workspace_id
CREATE VIEW email_accounts_live AS
SELECT email_address, bison_id, workspace_id, workspace_name, bison_instance, account_data, sync_status, last_synced_at
FROM email_accounts_cache
WHERE sync_status = 'success'
CREATE VIEW email_sync_logs AS
SELECT strftime('%Y-%m-%dT%H:%M:%S', u.started_at / 1000000, 'unixepoch') || printf('.%06dZ', u.started_at % 1000000) AS started_at,
       strftime('%Y-%m-%dT%H:%M:%S', u.finished_at / 1000000, 'unixepoch') || printf('.%06dZ', u.finished_at % 1000000) AS completed_at,
       ((u.finished_at - u.started_at) / 1000000.0) AS duration_seconds,
       CASE WHEN u.state = 'running' THEN 'running' ELSE CASE WHEN u.outcome = 'cancelled' THEN 'failed' ELSE u.outcome END END AS status,
       u.rows_read AS total_accounts_fetched,
       coalesce(u.workspaces, CASE WHEN u.instance IS NOT NULL AND u.state = 'done' THEN 1 END) AS total_workspaces_processed,
       coalesce(u.workspaces_failed, CASE WHEN u.instance IS NOT NULL THEN CASE u.outcome WHEN 'success' THEN 0 WHEN 'failed' THEN 1 END WHEN u.outcome = 'success' THEN 0 END) AS workspaces_failed,
       u.error AS errors,
       json_object('outcome', u.outcome, 'asked_by', u.asked_by, 'rows_written', u.rows_written, 'rows_unchanged', u.rows_unchanged, 'rows_removed', u.rows_removed, 'requests', u.requests, 'retries', u.retries, 'share', u.share, 'shares', u.shares, 'totals', json(u.totals)) AS summary
FROM runs AS u
WHERE u.job = 'accounts' AND u.started_at IS NOT NULL
CREATE TABLE event_types (
    instance TEXT NOT NULL,
    workspace_id BIGINT NOT NULL,
    type TEXT NOT NULL,
    n BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    CONSTRAINT pk_event_types PRIMARY KEY (instance, workspace_id, type)
)
 WITHOUT ROWID


CREATE TABLE facts (
    instance TEXT NOT NULL,
    workspace_id BIGINT NOT NULL,
    type TEXT NOT NULL,
    "key" TEXT NOT NULL,
    at BIGINT NOT NULL,
    rank SMALLINT NOT NULL,
    source TEXT NOT NULL,
    seen_at BIGINT NOT NULL,
    logged_at BIGINT,
    webhook_at BIGINT,
    delivery_id BLOB NOT NULL,
    CONSTRAINT pk_facts PRIMARY KEY (instance, workspace_id, type, "key")
)
 WITHOUT ROWID


CREATE INDEX ix_facts_seen ON facts (instance, workspace_id, seen_at)
CREATE VIEW function_call_logs AS
SELECT m.name AS function_name,
       r.workspace_name,
       true AS cache_hit,
       CAST(NULL AS double precision) AS response_time_ms,
       strftime('%Y-%m-%dT%H:%M:%S', m.minute / 1000000, 'unixepoch') || printf('.%06dZ', m.minute % 1000000) AS called_at,
       CAST(m.hits AS bigint) AS calls
FROM cache_minutes AS m
LEFT JOIN client_registry AS r ON r.instance = m.instance AND r.workspace_id = m.workspace_id
WHERE m.hits > 0
UNION ALL
SELECT m.name AS function_name,
       r.workspace_name,
       false AS cache_hit,
       CAST(NULL AS double precision) AS response_time_ms,
       strftime('%Y-%m-%dT%H:%M:%S', m.minute / 1000000, 'unixepoch') || printf('.%06dZ', m.minute % 1000000) AS called_at,
       CAST(m.misses AS bigint) AS calls
FROM cache_minutes AS m
LEFT JOIN client_registry AS r ON r.instance = m.instance AND r.workspace_id = m.workspace_id
WHERE m.misses > 0
CREATE TABLE hints (
    instance TEXT NOT NULL,
    workspace_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    object_id BIGINT NOT NULL,
    known_at BIGINT NOT NULL,
    asked_at BIGINT NOT NULL,
    attempts SMALLINT NOT NULL,
    next_try_at BIGINT NOT NULL,
    CONSTRAINT pk_hints PRIMARY KEY (instance, workspace_id, kind, object_id)
)
CREATE TABLE histories (
    instance TEXT NOT NULL,
    workspace_id BIGINT NOT NULL,
    metric TEXT NOT NULL,
    first_day DATE NOT NULL,
    basis TEXT NOT NULL,
    filled_at BIGINT NOT NULL,
    CONSTRAINT pk_histories PRIMARY KEY (instance, workspace_id, metric)
)
CREATE TABLE inbox (
    id BLOB NOT NULL,
    instance TEXT NOT NULL,
    workspace_id BIGINT,
    type TEXT,
    source TEXT NOT NULL,
    state TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    logged_at BIGINT,
    content_hash BLOB NOT NULL,
    duplicate BOOLEAN NOT NULL,
    canary TEXT,
    attempts SMALLINT NOT NULL,
    next_try_at BIGINT NOT NULL,
    processed_at BIGINT,
    effect TEXT,
    subject TEXT,
    error TEXT, size INTEGER DEFAULT 0 NOT NULL, slot SMALLINT DEFAULT 0 NOT NULL,
    CONSTRAINT pk_inbox PRIMARY KEY (id)
)
CREATE INDEX ix_inbox_content ON inbox (content_hash)
CREATE INDEX ix_inbox_dead ON inbox (received_at) WHERE state = 'dead'
CREATE INDEX ix_inbox_discarded ON inbox (received_at) WHERE state = 'discarded'
CREATE INDEX ix_inbox_pending ON inbox (next_try_at, id) WHERE state = 'pending'
CREATE INDEX ix_inbox_received ON inbox (received_at)
CREATE TABLE leases (
    name TEXT NOT NULL,
    holder BLOB NOT NULL,
    fence BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    CONSTRAINT pk_leases PRIMARY KEY (name)
)
CREATE TABLE month_counts (
    month DATE NOT NULL,
    instance TEXT NOT NULL,
    workspace_id BIGINT NOT NULL,
    metric TEXT NOT NULL,
    counted BIGINT NOT NULL,
    covered BIGINT DEFAULT 0 NOT NULL,
    reported BIGINT DEFAULT 0 NOT NULL,
    as_of BIGINT,
    days_counted INTEGER NOT NULL,
    days_reported INTEGER DEFAULT 0 NOT NULL,
    CONSTRAINT pk_month_counts PRIMARY KEY (month, instance, workspace_id, metric)
)
 WITHOUT ROWID


CREATE TABLE nodes (
    id BLOB NOT NULL,
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    pid INTEGER NOT NULL,
    started_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    stopped_at BIGINT,
    leader BOOLEAN NOT NULL,
    api_url TEXT,
    figures TEXT NOT NULL,
    CONSTRAINT pk_nodes PRIMARY KEY (id)
)
CREATE TABLE provider_days (
    instance TEXT NOT NULL,
    workspace_id BIGINT NOT NULL,
    day DATE NOT NULL,
    provider TEXT NOT NULL,
    accounts INTEGER NOT NULL,
    sent BIGINT NOT NULL,
    replied BIGINT NOT NULL,
    CONSTRAINT pk_provider_days PRIMARY KEY (instance, workspace_id, day, provider)
)
 WITHOUT ROWID


CREATE VIEW provider_performance_history AS
SELECT d.day,
       r.workspace_name,
       d.provider,
       d.accounts AS total_accounts,
       d.sent AS sends,
       d.replied AS replies,
       round(CAST(100.0 * d.replied / nullif(d.sent, 0) AS numeric), 2) AS reply_rate
FROM provider_days AS d
JOIN client_registry AS r ON r.instance = d.instance AND r.workspace_id = d.workspace_id
CREATE TABLE runs (
    id BLOB NOT NULL,
    job TEXT NOT NULL,
    instance TEXT,
    workspace_id BIGINT,
    parts TEXT NOT NULL,
    asked_by TEXT NOT NULL,
    state TEXT NOT NULL,
    queued_at BIGINT NOT NULL,
    node_id BLOB,
    started_at BIGINT,
    finished_at BIGINT,
    outcome TEXT,
    done BIGINT NOT NULL,
    total BIGINT,
    rows_read BIGINT NOT NULL,
    rows_written BIGINT NOT NULL,
    rows_unchanged BIGINT NOT NULL,
    rows_removed BIGINT NOT NULL,
    requests BIGINT NOT NULL,
    retries BIGINT NOT NULL,
    error TEXT,
    cancel_asked BOOLEAN NOT NULL, fence INTEGER DEFAULT 0 NOT NULL, share SMALLINT DEFAULT 0 NOT NULL, shares SMALLINT DEFAULT 1 NOT NULL, workspaces INTEGER, workspaces_failed INTEGER, totals TEXT, first_day DATE, last_day DATE, haste TEXT,
    CONSTRAINT pk_runs PRIMARY KEY (id)
)
CREATE INDEX ix_runs_done ON runs (queued_at) WHERE state = 'done'
CREATE INDEX ix_runs_job ON runs (job, queued_at)
CREATE INDEX ix_runs_open ON runs (state) WHERE state <> 'done'
CREATE INDEX ix_runs_workspace ON runs (instance, workspace_id, queued_at)
CREATE VIEW sender_emails_cache AS
SELECT a.email,
       r.workspace_name,
       a.provider,
       a.reseller,
       a.status,
       a.sent AS sends,
       a.replied AS replies,
       a.bounced AS bounces,
       round(CAST(100.0 * a.replied / nullif(a.sent, 0) AS numeric), 2) AS reply_rate_percentage,
       a.daily_limit,
       a.tags,
       strftime('%Y-%m-%dT%H:%M:%S', a.known_at / 1000000, 'unixepoch') || printf('.%06dZ', a.known_at % 1000000) AS updated_at
FROM accounts AS a
LEFT JOIN client_registry AS r ON r.instance = a.instance AND r.workspace_id = a.workspace_id
WHERE a.status <> 'removed'
CREATE TABLE subscriptions (
    instance TEXT NOT NULL,
    workspace_id BIGINT NOT NULL,
    state TEXT,
    number BIGINT,
    wrong TEXT,
    since BIGINT,
    checked_at BIGINT,
    canary_sent_at BIGINT,
    canary_arrived_at BIGINT,
    canary_failed_since BIGINT,
    canary_error TEXT,
    CONSTRAINT pk_subscriptions PRIMARY KEY (instance, workspace_id)
)
CREATE TABLE summaries (
    instance TEXT NOT NULL,
    workspace_id BIGINT NOT NULL,
    month DATE NOT NULL,
    until DATE NOT NULL,
    sent BIGINT NOT NULL,
    leads_contacted BIGINT,
    opened BIGINT,
    unique_opens BIGINT,
    unique_replies BIGINT,
    bounced BIGINT,
    unsubscribed BIGINT,
    interested BIGINT,
    as_of BIGINT NOT NULL,
    CONSTRAINT pk_summaries PRIMARY KEY (instance, workspace_id, month)
)
CREATE VIEW sync_log AS
SELECT CAST(NULL AS text) AS "direction",
       CAST(NULL AS text) AS "table",
       CAST(NULL AS bigint) AS "records",
       CAST(NULL AS bigint) AS "errors",
       CAST(NULL AS TEXT) AS "started_at",
       CAST(NULL AS TEXT) AS "finished_at"
WHERE 1 = 0
CREATE TABLE traffic (
    instance TEXT NOT NULL,
    workspace_id BIGINT NOT NULL,
    minute BIGINT NOT NULL,
    webhooks BIGINT NOT NULL,
    polled BIGINT NOT NULL,
    walks BIGINT NOT NULL,
    missed BIGINT NOT NULL, due BIGINT DEFAULT 0 NOT NULL, prompt BIGINT DEFAULT 0 NOT NULL, answered BIGINT DEFAULT 0 NOT NULL, refused BIGINT DEFAULT 0 NOT NULL, late BIGINT DEFAULT 0 NOT NULL,
    CONSTRAINT pk_traffic PRIMARY KEY (instance, workspace_id, minute)
)
 WITHOUT ROWID


CREATE INDEX ix_traffic_minute ON traffic (minute)
CREATE TABLE transitions (
    instance TEXT NOT NULL,
    workspace_id BIGINT NOT NULL,
    at BIGINT NOT NULL,
    rule TEXT NOT NULL,
    health TEXT NOT NULL,
    reason TEXT NOT NULL,
    ended_at BIGINT,
    CONSTRAINT pk_transitions PRIMARY KEY (instance, workspace_id, at, rule)
)
CREATE INDEX ix_transitions_open ON transitions (rule) WHERE ended_at IS NULL
CREATE VIEW webhook_delivery_log AS
SELECT substr(lower(hex(i.id)), 1, 8) || '-' || substr(lower(hex(i.id)), 9, 4) || '-' || substr(lower(hex(i.id)), 13, 4) || '-' || substr(lower(hex(i.id)), 17, 4) || '-' || substr(lower(hex(i.id)), 21, 12) AS id,
       i.type AS event_type,
       r.workspace_name,
       CAST(b.body AS TEXT) AS payload,
       CASE WHEN i.state = 'done' THEN 'success'
            WHEN i.state IN ('dead', 'discarded') THEN 'failed'
            WHEN i.attempts > 0 THEN 'retry' END AS status,
       CASE i.state WHEN 'done' THEN true WHEN 'dead' THEN false WHEN 'discarded' THEN false END AS success,
       i.error AS error_message,
       CAST(round(((i.processed_at - i.received_at) / 1000000.0) * 1000) AS bigint) AS processing_time_ms,
       strftime('%Y-%m-%dT%H:%M:%S', i.received_at / 1000000, 'unixepoch') || printf('.%06dZ', i.received_at % 1000000) AS received_at,
       strftime('%Y-%m-%dT%H:%M:%S', i.received_at / 1000000, 'unixepoch') || printf('.%06dZ', i.received_at % 1000000) AS created_at
FROM inbox AS i
LEFT JOIN bodies AS b ON b.id = i.id
LEFT JOIN client_registry AS r ON r.instance = i.instance AND r.workspace_id = i.workspace_id
WHERE i.source = 'webhook'
CREATE VIEW webhook_health AS
SELECT s.workspace_name,
       strftime('%Y-%m-%dT%H:%M:%S', w.last_webhook_at / 1000000, 'unixepoch') || printf('.%06dZ', w.last_webhook_at % 1000000) AS last_webhook_at,
       strftime('%Y-%m-%dT%H:%M:%S', w.last_poll_at / 1000000, 'unixepoch') || printf('.%06dZ', w.last_poll_at % 1000000) AS last_poll_at,
       coalesce(d.webhooks, 0) AS webhook_count_24h,
       coalesce(d.walks, 0) AS poll_count_24h,
       round(CAST(100.0 * coalesce(d.processed, 0) / nullif((coalesce(d.processed, 0) + coalesce(x.n, 0)), 0) AS numeric), 2) AS success_rate_24h,
       round(CAST(100.0 * coalesce(d.processed, 0) / nullif((coalesce(d.processed, 0) + coalesce(x.n, 0)), 0) AS numeric), 2) >= 95 AS is_healthy,
       s.health AS health_status,
       strftime('%Y-%m-%dT%H:%M:%S', a.at / 1000000, 'unixepoch') || printf('.%06dZ', a.at % 1000000) AS last_alert_at,
       strftime('%Y-%m-%dT%H:%M:%S', max(coalesce(max(coalesce(w.last_webhook_at, w.last_poll_at), coalesce(w.last_poll_at, w.last_webhook_at)), s.since), coalesce(s.since, max(coalesce(w.last_webhook_at, w.last_poll_at), coalesce(w.last_poll_at, w.last_webhook_at)))) / 1000000, 'unixepoch') || printf('.%06dZ', max(coalesce(max(coalesce(w.last_webhook_at, w.last_poll_at), coalesce(w.last_poll_at, w.last_webhook_at)), s.since), coalesce(s.since, max(coalesce(w.last_webhook_at, w.last_poll_at), coalesce(w.last_poll_at, w.last_webhook_at)))) % 1000000) AS updated_at
FROM (
SELECT r.instance, r.workspace_id, r.workspace_name, max(coalesce(t.at, o.at), coalesce(o.at, t.at)) AS since,
       CASE WHEN t.health = 'paused' THEN 'paused'
            WHEN NOT EXISTS (SELECT 1 FROM nodes AS n WHERE n.stopped_at IS NULL AND n.seen_at > (CAST(strftime('%s', 'now') AS INTEGER) - 10) * 1000000) THEN 'unknown'
            WHEN o.worst = 2 OR t.health = 'critical' THEN 'critical'
            WHEN o.worst = 1 OR t.health = 'warning' THEN 'warning'
            ELSE coalesce(t.health, 'unknown') END AS health
FROM client_registry AS r
LEFT JOIN transitions AS t ON t.instance = r.instance AND t.workspace_id = r.workspace_id
                          AND t.rule = 'webhook_silence' AND t.ended_at IS NULL
LEFT JOIN (SELECT instance, workspace_id, max(at) AS at, max(CASE WHEN health = 'critical' THEN 2 ELSE 1 END) AS worst
           FROM transitions
           WHERE ended_at IS NULL AND rule <> 'webhook_silence' AND health IN ('critical', 'warning')
           GROUP BY instance, workspace_id) AS o ON o.instance = r.instance AND o.workspace_id = r.workspace_id
) AS s
LEFT JOIN workspace_watch AS w ON w.instance = s.instance AND w.workspace_id = s.workspace_id
LEFT JOIN (
SELECT instance, workspace_id, CAST(sum(webhooks) AS bigint) AS webhooks, CAST(sum(walks) AS bigint) AS walks,
       CAST(sum(webhooks + polled) AS bigint) AS processed
FROM traffic WHERE minute >= (CAST(strftime('%s', 'now') AS INTEGER) - 86400) * 1000000 GROUP BY instance, workspace_id
) AS d ON d.instance = s.instance AND d.workspace_id = s.workspace_id
LEFT JOIN (
SELECT instance, workspace_id, count(*) AS n
FROM inbox WHERE state = 'dead' AND received_at >= (CAST(strftime('%s', 'now') AS INTEGER) - 86400) * 1000000 GROUP BY instance, workspace_id
) AS x ON x.instance = s.instance AND x.workspace_id = s.workspace_id
LEFT JOIN (SELECT instance, workspace_id, max(at) AS at FROM transitions
           WHERE health IN ('critical', 'warning') GROUP BY instance, workspace_id) AS a ON a.instance = s.instance AND a.workspace_id = s.workspace_id
CREATE TABLE witnesses (
    instance TEXT NOT NULL,
    workspace_id BIGINT NOT NULL,
    metric TEXT NOT NULL,
    first_day DATE NOT NULL,
    CONSTRAINT pk_witnesses PRIMARY KEY (instance, workspace_id, metric)
)
CREATE TABLE workspace_watch (
    instance TEXT NOT NULL,
    workspace_id BIGINT NOT NULL,
    last_webhook_at BIGINT,
    last_event_at BIGINT,
    last_poll_at BIGINT,
    verified_at BIGINT,
    missed INTEGER NOT NULL,
    missing_since BIGINT,
    poll_failed_since BIGINT,
    poll_error TEXT,
    subscribed_at BIGINT, tried_at BIGINT, named_at BIGINT,
    CONSTRAINT pk_workspace_watch PRIMARY KEY (instance, workspace_id)
)
