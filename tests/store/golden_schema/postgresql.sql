table account_walks (row level security)
table account_warmups (row level security)
table accounts (row level security)
table alembic_version (row level security)
table backfills (row level security)
table bodies (row level security)
table cache_minutes (row level security)
table campaigns (row level security)
table client_leads (row level security)
table client_metrics (row level security)
table client_registry (row level security)
table consistency (row level security)
table copies (row level security)
table cursors (row level security)
table daily_counts (row level security)
table daily_reports (row level security)
table datasets (row level security)
table drifts (row level security)
table event_types (row level security)
table facts (row level security)
table hints (row level security)
table histories (row level security)
table inbox (row level security)
table leases (row level security)
table month_counts (row level security)
table nodes (row level security)
table provider_days (row level security)
table runs (row level security)
table subscriptions (row level security)
table summaries (row level security)
table traffic (row level security)
table transitions (row level security)
table witnesses (row level security)
table workspace_watch (row level security)
column account_walks.confirmed_at timestamp with time zone
column account_walks.confirmed_by text
column account_walks.elsewhere jsonb not null
column account_walks.held jsonb not null
column account_walks.held_at timestamp with time zone
column account_walks.held_of integer
column account_walks.instance text not null
column account_walks.met integer
column account_walks.swept_at timestamp with time zone
column account_walks.told integer
column account_walks.walked_at timestamp with time zone
column account_walks.warmed_at timestamp with time zone
column account_walks.workspace_id bigint not null
column account_warmups.bounces_caused bigint not null
column account_warmups.bounces_received bigint not null
column account_warmups.disabled_for_bouncing bigint not null
column account_warmups.id bigint not null
column account_warmups.instance text not null
column account_warmups.known_at timestamp with time zone not null
column account_warmups.replied bigint not null
column account_warmups.saved_from_spam bigint not null
column account_warmups.score double precision
column account_warmups.sent bigint not null
column account_warmups.workspace_id bigint not null
column accounts.bounced bigint not null
column accounts.contacted bigint not null default 0
column accounts.daily_limit integer not null
column accounts.email text not null
column accounts.id bigint not null
column accounts.instance text not null
column accounts.interested bigint not null default 0
column accounts.known_at timestamp with time zone not null
column accounts.name text
column accounts.opened bigint not null default 0
column accounts.provider text not null
column accounts.replied bigint not null
column accounts.reseller text
column accounts.row_hash bigint not null
column accounts.seen_at timestamp with time zone not null
column accounts.sent bigint not null
column accounts.status text not null
column accounts.tags jsonb not null
column accounts.type text not null
column accounts.unique_opened bigint not null default 0
column accounts.unique_replied bigint not null default 0
column accounts.unsubscribed bigint not null default 0
column accounts.warmup_enabled boolean
column accounts.workspace_id bigint not null
column alembic_version.version_num character varying(32) not null
column api_health_logs.api_name text
column api_health_logs.calls bigint
column api_health_logs.endpoint text
column api_health_logs.error text
column api_health_logs.response_time_ms double precision
column api_health_logs.success boolean
column api_health_logs.timestamp timestamp with time zone
column backfills.first_day date not null
column backfills.instance text not null
column backfills.last_day date not null
column backfills.mark text
column backfills.read_at timestamp with time zone not null
column backfills.stream text not null
column backfills.workspace_id bigint not null
column bodies.body bytea not null
column bodies.id uuid not null
column cache_minutes.failed integer not null
column cache_minutes.hits integer not null
column cache_minutes.instance text not null
column cache_minutes.late integer not null
column cache_minutes.minute timestamp with time zone not null
column cache_minutes.misses integer not null
column cache_minutes.name text not null
column cache_minutes.prefetched integer not null
column cache_minutes.refreshed integer not null
column cache_minutes.stale integer not null
column cache_minutes.workspace_id bigint not null
column campaigns.bounced bigint
column campaigns.can_unsubscribe boolean
column campaigns.completion integer
column campaigns.created_at timestamp with time zone
column campaigns.gone_at timestamp with time zone
column campaigns.id bigint not null
column campaigns.include_auto_replies boolean
column campaigns.instance text not null
column campaigns.interested bigint
column campaigns.known_at timestamp with time zone not null
column campaigns.known_rank smallint not null
column campaigns.known_sequence bigint not null
column campaigns.leads_contacted bigint
column campaigns.max_emails_per_day bigint
column campaigns.max_new_leads_per_day bigint
column campaigns.max_per_receiving_domain bigint
column campaigns.name text
column campaigns.open_tracking boolean
column campaigns.opened bigint
column campaigns.plain_text boolean
column campaigns.prioritization text
column campaigns.read_at timestamp with time zone
column campaigns.replied bigint
column campaigns.row_hash bigint
column campaigns.sent bigint
column campaigns.status text
column campaigns.tags jsonb
column campaigns.total_leads bigint
column campaigns.type text
column campaigns.unique_opens bigint
column campaigns.unique_replies bigint
column campaigns.unsubscribed bigint
column campaigns.updated_at timestamp with time zone
column campaigns.workspace_id bigint not null
column client_leads.auto_stage text not null default 'new'::text
column client_leads.bounced_at timestamp with time zone
column client_leads.campaign_id bigint
column client_leads.company text
column client_leads.contact_known_at timestamp with time zone
column client_leads.contact_sequence bigint
column client_leads.contacted_at timestamp with time zone
column client_leads.date_received timestamp with time zone
column client_leads.first_name text
column client_leads.instance text not null
column client_leads.interested_at timestamp with time zone
column client_leads.known_at timestamp with time zone not null
column client_leads.known_rank smallint not null
column client_leads.known_sequence bigint not null
column client_leads.last_name text
column client_leads.lead_email text not null
column client_leads.lead_id bigint
column client_leads.phone text
column client_leads.pipeline_stage text
column client_leads.replied_at timestamp with time zone
column client_leads.reply_id bigint
column client_leads.sender_email_id bigint
column client_leads.stage_author text not null default 'auto'::text
column client_leads.state text
column client_leads.status text
column client_leads.title text
column client_leads.unsubscribed_at timestamp with time zone
column client_leads.updated_at timestamp with time zone
column client_leads.workspace_id bigint not null
column client_leads.workspace_name text not null
column client_metrics.bounced_mtd bigint
column client_metrics.bounces_mtd bigint
column client_metrics.emails_sent_mtd bigint
column client_metrics.instance text not null
column client_metrics.interested_mtd bigint
column client_metrics.last_poll_update_at timestamp with time zone
column client_metrics.last_webhook_update_at timestamp with time zone
column client_metrics.metric_type text not null
column client_metrics.opens_mtd bigint
column client_metrics.positive_replies_mtd bigint
column client_metrics.replies_mtd bigint
column client_metrics.unsubscribed_mtd bigint
column client_metrics.unsubscribes_mtd bigint
column client_metrics.update_source text not null
column client_metrics.updated_at timestamp with time zone not null
column client_metrics.workspace_id bigint not null
column client_metrics.workspace_name text not null
column client_registry.active boolean not null
column client_registry.daily_limit integer
column client_registry.first_seen_at timestamp with time zone not null
column client_registry.instance text not null
column client_registry.kpi_target integer
column client_registry.name_known_at timestamp with time zone not null
column client_registry.provider_name text not null
column client_registry.workspace_id bigint not null
column client_registry.workspace_name text not null
column consistency.as_of timestamp with time zone not null
column consistency.checked_at timestamp with time zone not null
column consistency.counted bigint not null
column consistency.day date not null
column consistency.drift double precision not null
column consistency.healed_at timestamp with time zone
column consistency.instance text not null
column consistency.metric text not null
column consistency.reason text
column consistency.reported bigint not null
column consistency.resync_id uuid
column consistency.workspace_id bigint not null
column copies.finished_at timestamp with time zone
column copies.last_key jsonb
column copies.rows bigint not null
column copies.source text not null
column copies.table_name text not null
column cursors.instance text not null
column cursors.position bigint not null
column cursors.position_at timestamp with time zone not null
column cursors.stream text not null
column cursors.walked_at timestamp with time zone not null
column cursors.workspace_id bigint not null
column daily_counts.day date not null
column daily_counts.instance text not null
column daily_counts.metric text not null
column daily_counts.n bigint not null
column daily_counts.workspace_id bigint not null
column daily_reports.as_of timestamp with time zone not null
column daily_reports.day date not null
column daily_reports.instance text not null
column daily_reports.metric text not null
column daily_reports.n bigint not null
column daily_reports.workspace_id bigint not null
column dashboard_health_summary.backlog bigint
column dashboard_health_summary.backlog_limit bigint
column dashboard_health_summary.critical_workspaces bigint
column dashboard_health_summary.dead_letters bigint
column dashboard_health_summary.engine_running boolean
column dashboard_health_summary.health_score bigint
column dashboard_health_summary.healthy_workspaces bigint
column dashboard_health_summary.idle_workspaces bigint
column dashboard_health_summary.lost_to_backlog integer
column dashboard_health_summary.lost_to_critical bigint
column dashboard_health_summary.lost_to_dead_letters bigint
column dashboard_health_summary.lost_to_engine integer
column dashboard_health_summary.lost_to_no_workspace integer
column dashboard_health_summary.lost_to_polling bigint
column dashboard_health_summary.lost_to_unknown bigint
column dashboard_health_summary.lost_to_warning bigint
column dashboard_health_summary.paused_workspaces bigint
column dashboard_health_summary.polled_workspaces bigint
column dashboard_health_summary.unknown_workspaces bigint
column dashboard_health_summary.updated_at timestamp with time zone
column dashboard_health_summary.warning_workspaces bigint
column dashboard_health_summary.workspaces bigint
column data_cache_metadata.cache_key text
column data_cache_metadata.data jsonb
column data_cache_metadata.expires_at timestamp with time zone
column data_cache_metadata.hit_count bigint
column data_cache_metadata.last_updated_at timestamp with time zone
column data_cache_metadata.miss_count bigint
column data_cache_metadata.status text
column data_cache_metadata.workspace_name text
column data_health_summary.health_status text
column data_health_summary.last_webhook_at timestamp with time zone
column data_health_summary.minutes_since_webhook double precision
column data_health_summary.poll_count_24h bigint
column data_health_summary.silence_status text
column data_health_summary.webhook_count_24h bigint
column data_health_summary.workspace_name text
column data_validation_errors.error_type text
column data_validation_errors.field text
column data_validation_errors.occurrences bigint
column data_validation_errors.source text
column data_validation_errors.timestamp timestamp with time zone
column datasets.expires_at timestamp with time zone not null
column datasets.instance text not null
column datasets.made_at timestamp with time zone not null
column datasets.name text not null
column datasets.value jsonb
column datasets.warnings jsonb not null
column datasets.workspace_id bigint not null
column drifts.checked_at timestamp with time zone not null
column drifts.drift double precision
column drifts.instance text not null
column drifts.metric text
column drifts.over_since timestamp with time zone
column drifts.reason text
column drifts.resync_at timestamp with time zone
column drifts.resync_gaps jsonb
column drifts.resync_id uuid
column drifts.shift smallint
column drifts.workspace_id bigint not null
column email_accounts_cache.account_data jsonb
column email_accounts_cache.bison_id bigint
column email_accounts_cache.bison_instance text
column email_accounts_cache.email_address text
column email_accounts_cache.last_synced_at timestamp with time zone
column email_accounts_cache.sync_status text
column email_accounts_cache.workspace_id bigint
column email_accounts_cache.workspace_name text
column email_accounts_live.account_data jsonb
column email_accounts_live.bison_id bigint
column email_accounts_live.bison_instance text
column email_accounts_live.email_address text
column email_accounts_live.last_synced_at timestamp with time zone
column email_accounts_live.sync_status text
column email_accounts_live.workspace_id bigint
column email_accounts_live.workspace_name text
column email_sync_logs.completed_at timestamp with time zone
column email_sync_logs.duration_seconds double precision
column email_sync_logs.errors text
column email_sync_logs.started_at timestamp with time zone
column email_sync_logs.status text
column email_sync_logs.summary jsonb
column email_sync_logs.total_accounts_fetched bigint
column email_sync_logs.total_workspaces_processed integer
column email_sync_logs.workspaces_failed integer
column event_types.instance text not null
column event_types.last_at timestamp with time zone not null
column event_types.n bigint not null
column event_types.type text not null
column event_types.workspace_id bigint not null
column facts.at timestamp with time zone not null
column facts.delivery_id uuid not null
column facts.instance text not null
column facts.key text not null
column facts.logged_at timestamp with time zone
column facts.rank smallint not null
column facts.seen_at timestamp with time zone not null
column facts.source text not null
column facts.type text not null
column facts.webhook_at timestamp with time zone
column facts.workspace_id bigint not null
column function_call_logs.cache_hit boolean
column function_call_logs.called_at timestamp with time zone
column function_call_logs.calls bigint
column function_call_logs.function_name text
column function_call_logs.response_time_ms double precision
column function_call_logs.workspace_name text
column hints.asked_at timestamp with time zone not null
column hints.attempts smallint not null
column hints.instance text not null
column hints.kind text not null
column hints.known_at timestamp with time zone not null
column hints.next_try_at timestamp with time zone not null
column hints.object_id bigint not null
column hints.workspace_id bigint not null
column histories.basis text not null
column histories.filled_at timestamp with time zone not null
column histories.first_day date not null
column histories.instance text not null
column histories.metric text not null
column histories.workspace_id bigint not null
column inbox.attempts smallint not null
column inbox.canary text
column inbox.content_hash bytea not null
column inbox.duplicate boolean not null
column inbox.effect text
column inbox.error text
column inbox.id uuid not null
column inbox.instance text not null
column inbox.logged_at timestamp with time zone
column inbox.next_try_at timestamp with time zone not null
column inbox.processed_at timestamp with time zone
column inbox.received_at timestamp with time zone not null
column inbox.size integer not null default 0
column inbox.slot smallint not null default 0
column inbox.source text not null
column inbox.state text not null
column inbox.subject text
column inbox.type text
column inbox.workspace_id bigint
column leases.expires_at timestamp with time zone not null
column leases.fence bigint not null
column leases.holder uuid not null
column leases.name text not null
column month_counts.as_of timestamp with time zone
column month_counts.counted bigint not null
column month_counts.covered bigint not null default 0
column month_counts.days_counted integer not null
column month_counts.days_reported integer not null default 0
column month_counts.instance text not null
column month_counts.metric text not null
column month_counts.month date not null
column month_counts.reported bigint not null default 0
column month_counts.workspace_id bigint not null
column nodes.api_url text
column nodes.figures jsonb not null
column nodes.id uuid not null
column nodes.leader boolean not null
column nodes.name text not null
column nodes.pid integer not null
column nodes.seen_at timestamp with time zone not null
column nodes.started_at timestamp with time zone not null
column nodes.stopped_at timestamp with time zone
column nodes.version text not null
column provider_days.accounts integer not null
column provider_days.day date not null
column provider_days.instance text not null
column provider_days.provider text not null
column provider_days.replied bigint not null
column provider_days.sent bigint not null
column provider_days.workspace_id bigint not null
column provider_performance_history.day date
column provider_performance_history.provider text
column provider_performance_history.replies bigint
column provider_performance_history.reply_rate numeric
column provider_performance_history.sends bigint
column provider_performance_history.total_accounts integer
column provider_performance_history.workspace_name text
column runs.asked_by text not null
column runs.cancel_asked boolean not null
column runs.done bigint not null
column runs.error text
column runs.fence integer not null default 0
column runs.finished_at timestamp with time zone
column runs.first_day date
column runs.haste text
column runs.id uuid not null
column runs.instance text
column runs.job text not null
column runs.last_day date
column runs.node_id uuid
column runs.outcome text
column runs.parts jsonb not null
column runs.queued_at timestamp with time zone not null
column runs.requests bigint not null
column runs.retries bigint not null
column runs.rows_read bigint not null
column runs.rows_removed bigint not null
column runs.rows_unchanged bigint not null
column runs.rows_written bigint not null
column runs.share smallint not null default 0
column runs.shares smallint not null default 1
column runs.started_at timestamp with time zone
column runs.state text not null
column runs.total bigint
column runs.totals jsonb
column runs.workspace_id bigint
column runs.workspaces integer
column runs.workspaces_failed integer
column sender_emails_cache.bounces bigint
column sender_emails_cache.daily_limit integer
column sender_emails_cache.email text
column sender_emails_cache.provider text
column sender_emails_cache.replies bigint
column sender_emails_cache.reply_rate_percentage numeric
column sender_emails_cache.reseller text
column sender_emails_cache.sends bigint
column sender_emails_cache.status text
column sender_emails_cache.tags jsonb
column sender_emails_cache.updated_at timestamp with time zone
column sender_emails_cache.workspace_name text
column subscriptions.canary_arrived_at timestamp with time zone
column subscriptions.canary_error text
column subscriptions.canary_failed_since timestamp with time zone
column subscriptions.canary_sent_at timestamp with time zone
column subscriptions.checked_at timestamp with time zone
column subscriptions.instance text not null
column subscriptions.number bigint
column subscriptions.since timestamp with time zone
column subscriptions.state text
column subscriptions.workspace_id bigint not null
column subscriptions.wrong text
column summaries.as_of timestamp with time zone not null
column summaries.bounced bigint
column summaries.instance text not null
column summaries.interested bigint
column summaries.leads_contacted bigint
column summaries.month date not null
column summaries.opened bigint
column summaries.sent bigint not null
column summaries.unique_opens bigint
column summaries.unique_replies bigint
column summaries.unsubscribed bigint
column summaries.until date not null
column summaries.workspace_id bigint not null
column sync_log.direction text
column sync_log.errors bigint
column sync_log.finished_at timestamp with time zone
column sync_log.records bigint
column sync_log.started_at timestamp with time zone
column sync_log.table text
column traffic.answered bigint not null default 0
column traffic.due bigint not null default 0
column traffic.instance text not null
column traffic.late bigint not null default 0
column traffic.minute timestamp with time zone not null
column traffic.missed bigint not null
column traffic.polled bigint not null
column traffic.prompt bigint not null default 0
column traffic.refused bigint not null default 0
column traffic.walks bigint not null
column traffic.webhooks bigint not null
column traffic.workspace_id bigint not null
column transitions.at timestamp with time zone not null
column transitions.ended_at timestamp with time zone
column transitions.health text not null
column transitions.instance text not null
column transitions.reason text not null
column transitions.rule text not null
column transitions.workspace_id bigint not null
column webhook_delivery_log.created_at timestamp with time zone
column webhook_delivery_log.error_message text
column webhook_delivery_log.event_type text
column webhook_delivery_log.id uuid
column webhook_delivery_log.payload text
column webhook_delivery_log.processing_time_ms bigint
column webhook_delivery_log.received_at timestamp with time zone
column webhook_delivery_log.status text
column webhook_delivery_log.success boolean
column webhook_delivery_log.workspace_name text
column webhook_health.health_status text
column webhook_health.is_healthy boolean
column webhook_health.last_alert_at timestamp with time zone
column webhook_health.last_poll_at timestamp with time zone
column webhook_health.last_webhook_at timestamp with time zone
column webhook_health.poll_count_24h bigint
column webhook_health.success_rate_24h numeric
column webhook_health.updated_at timestamp with time zone
column webhook_health.webhook_count_24h bigint
column webhook_health.workspace_name text
column witnesses.first_day date not null
column witnesses.instance text not null
column witnesses.metric text not null
column witnesses.workspace_id bigint not null
column workspace_watch.instance text not null
column workspace_watch.last_event_at timestamp with time zone
column workspace_watch.last_poll_at timestamp with time zone
column workspace_watch.last_webhook_at timestamp with time zone
column workspace_watch.missed integer not null
column workspace_watch.missing_since timestamp with time zone
column workspace_watch.named_at timestamp with time zone
column workspace_watch.poll_error text
column workspace_watch.poll_failed_since timestamp with time zone
column workspace_watch.subscribed_at timestamp with time zone
column workspace_watch.tried_at timestamp with time zone
column workspace_watch.verified_at timestamp with time zone
column workspace_watch.workspace_id bigint not null
constraint alembic_version_pkc: PRIMARY KEY (version_num)
constraint pk_account_walks: PRIMARY KEY (instance, workspace_id)
constraint pk_account_warmups: PRIMARY KEY (instance, id)
constraint pk_accounts: PRIMARY KEY (instance, id)
constraint pk_backfills: PRIMARY KEY (instance, workspace_id, stream, last_day)
constraint pk_bodies: PRIMARY KEY (id)
constraint pk_cache_minutes: PRIMARY KEY (instance, workspace_id, minute, name)
constraint pk_campaigns: PRIMARY KEY (instance, workspace_id, id)
constraint pk_client_leads: PRIMARY KEY (instance, workspace_id, lead_email)
constraint pk_client_metrics: PRIMARY KEY (instance, workspace_id, metric_type)
constraint pk_client_registry: PRIMARY KEY (instance, workspace_id)
constraint pk_consistency: PRIMARY KEY (instance, workspace_id, day, metric)
constraint pk_copies: PRIMARY KEY (table_name)
constraint pk_cursors: PRIMARY KEY (instance, workspace_id, stream)
constraint pk_daily_counts: PRIMARY KEY (instance, workspace_id, day, metric)
constraint pk_daily_reports: PRIMARY KEY (instance, workspace_id, day, metric)
constraint pk_datasets: PRIMARY KEY (instance, workspace_id, name)
constraint pk_drifts: PRIMARY KEY (instance, workspace_id)
constraint pk_event_types: PRIMARY KEY (instance, workspace_id, type)
constraint pk_facts: PRIMARY KEY (instance, workspace_id, type, key)
constraint pk_hints: PRIMARY KEY (instance, workspace_id, kind, object_id)
constraint pk_histories: PRIMARY KEY (instance, workspace_id, metric)
constraint pk_inbox: PRIMARY KEY (id)
constraint pk_leases: PRIMARY KEY (name)
constraint pk_month_counts: PRIMARY KEY (month, instance, workspace_id, metric)
constraint pk_nodes: PRIMARY KEY (id)
constraint pk_provider_days: PRIMARY KEY (instance, workspace_id, day, provider)
constraint pk_runs: PRIMARY KEY (id)
constraint pk_subscriptions: PRIMARY KEY (instance, workspace_id)
constraint pk_summaries: PRIMARY KEY (instance, workspace_id, month)
constraint pk_traffic: PRIMARY KEY (instance, workspace_id, minute)
constraint pk_transitions: PRIMARY KEY (instance, workspace_id, at, rule)
constraint pk_witnesses: PRIMARY KEY (instance, workspace_id, metric)
constraint pk_workspace_watch: PRIMARY KEY (instance, workspace_id)
constraint uq_client_leads_workspace_name_lead_email: UNIQUE (workspace_name, lead_email)
constraint uq_client_metrics_workspace_name_metric_type: UNIQUE (workspace_name, metric_type)
constraint uq_client_registry_workspace_name: UNIQUE (workspace_name)
CREATE UNIQUE INDEX alembic_version_pkc ON bisonwatch.alembic_version USING btree (version_num)
CREATE INDEX ix_account_warmups_workspace ON bisonwatch.account_warmups USING btree (instance, workspace_id)
CREATE INDEX ix_accounts_workspace ON bisonwatch.accounts USING btree (instance, workspace_id, id, status)
CREATE INDEX ix_cache_minutes_minute ON bisonwatch.cache_minutes USING btree (minute)
CREATE INDEX ix_client_leads_id ON bisonwatch.client_leads USING btree (instance, workspace_id, lead_id)
CREATE INDEX ix_consistency_checked ON bisonwatch.consistency USING btree (checked_at)
CREATE INDEX ix_daily_counts_day ON bisonwatch.daily_counts USING btree (day)
CREATE INDEX ix_daily_reports_day ON bisonwatch.daily_reports USING btree (day)
CREATE INDEX ix_datasets_made ON bisonwatch.datasets USING btree (made_at)
CREATE INDEX ix_facts_seen ON bisonwatch.facts USING btree (instance, workspace_id, seen_at)
CREATE INDEX ix_inbox_content ON bisonwatch.inbox USING btree (content_hash)
CREATE INDEX ix_inbox_dead ON bisonwatch.inbox USING btree (received_at) WHERE (state = 'dead'::text)
CREATE INDEX ix_inbox_discarded ON bisonwatch.inbox USING btree (received_at) WHERE (state = 'discarded'::text)
CREATE INDEX ix_inbox_pending ON bisonwatch.inbox USING btree (next_try_at, id) WHERE (state = 'pending'::text)
CREATE INDEX ix_inbox_received ON bisonwatch.inbox USING btree (received_at)
CREATE INDEX ix_runs_done ON bisonwatch.runs USING btree (queued_at) WHERE (state = 'done'::text)
CREATE INDEX ix_runs_job ON bisonwatch.runs USING btree (job, queued_at)
CREATE INDEX ix_runs_open ON bisonwatch.runs USING btree (state) WHERE (state <> 'done'::text)
CREATE INDEX ix_runs_workspace ON bisonwatch.runs USING btree (instance, workspace_id, queued_at)
CREATE INDEX ix_traffic_minute ON bisonwatch.traffic USING btree (minute)
CREATE INDEX ix_transitions_open ON bisonwatch.transitions USING btree (rule) WHERE (ended_at IS NULL)
CREATE UNIQUE INDEX pk_account_walks ON bisonwatch.account_walks USING btree (instance, workspace_id)
CREATE UNIQUE INDEX pk_account_warmups ON bisonwatch.account_warmups USING btree (instance, id)
CREATE UNIQUE INDEX pk_accounts ON bisonwatch.accounts USING btree (instance, id)
CREATE UNIQUE INDEX pk_backfills ON bisonwatch.backfills USING btree (instance, workspace_id, stream, last_day)
CREATE UNIQUE INDEX pk_bodies ON bisonwatch.bodies USING btree (id)
CREATE UNIQUE INDEX pk_cache_minutes ON bisonwatch.cache_minutes USING btree (instance, workspace_id, minute, name)
CREATE UNIQUE INDEX pk_campaigns ON bisonwatch.campaigns USING btree (instance, workspace_id, id)
CREATE UNIQUE INDEX pk_client_leads ON bisonwatch.client_leads USING btree (instance, workspace_id, lead_email)
CREATE UNIQUE INDEX pk_client_metrics ON bisonwatch.client_metrics USING btree (instance, workspace_id, metric_type)
CREATE UNIQUE INDEX pk_client_registry ON bisonwatch.client_registry USING btree (instance, workspace_id)
CREATE UNIQUE INDEX pk_consistency ON bisonwatch.consistency USING btree (instance, workspace_id, day, metric)
CREATE UNIQUE INDEX pk_copies ON bisonwatch.copies USING btree (table_name)
CREATE UNIQUE INDEX pk_cursors ON bisonwatch.cursors USING btree (instance, workspace_id, stream)
CREATE UNIQUE INDEX pk_daily_counts ON bisonwatch.daily_counts USING btree (instance, workspace_id, day, metric)
CREATE UNIQUE INDEX pk_daily_reports ON bisonwatch.daily_reports USING btree (instance, workspace_id, day, metric)
CREATE UNIQUE INDEX pk_datasets ON bisonwatch.datasets USING btree (instance, workspace_id, name)
CREATE UNIQUE INDEX pk_drifts ON bisonwatch.drifts USING btree (instance, workspace_id)
CREATE UNIQUE INDEX pk_event_types ON bisonwatch.event_types USING btree (instance, workspace_id, type)
CREATE UNIQUE INDEX pk_facts ON bisonwatch.facts USING btree (instance, workspace_id, type, key)
CREATE UNIQUE INDEX pk_hints ON bisonwatch.hints USING btree (instance, workspace_id, kind, object_id)
CREATE UNIQUE INDEX pk_histories ON bisonwatch.histories USING btree (instance, workspace_id, metric)
CREATE UNIQUE INDEX pk_inbox ON bisonwatch.inbox USING btree (id)
CREATE UNIQUE INDEX pk_leases ON bisonwatch.leases USING btree (name)
CREATE UNIQUE INDEX pk_month_counts ON bisonwatch.month_counts USING btree (month, instance, workspace_id, metric)
CREATE UNIQUE INDEX pk_nodes ON bisonwatch.nodes USING btree (id)
CREATE UNIQUE INDEX pk_provider_days ON bisonwatch.provider_days USING btree (instance, workspace_id, day, provider)
CREATE UNIQUE INDEX pk_runs ON bisonwatch.runs USING btree (id)
CREATE UNIQUE INDEX pk_subscriptions ON bisonwatch.subscriptions USING btree (instance, workspace_id)
CREATE UNIQUE INDEX pk_summaries ON bisonwatch.summaries USING btree (instance, workspace_id, month)
CREATE UNIQUE INDEX pk_traffic ON bisonwatch.traffic USING btree (instance, workspace_id, minute)
CREATE UNIQUE INDEX pk_transitions ON bisonwatch.transitions USING btree (instance, workspace_id, at, rule)
CREATE UNIQUE INDEX pk_witnesses ON bisonwatch.witnesses USING btree (instance, workspace_id, metric)
CREATE UNIQUE INDEX pk_workspace_watch ON bisonwatch.workspace_watch USING btree (instance, workspace_id)
CREATE UNIQUE INDEX uq_client_leads_workspace_name_lead_email ON bisonwatch.client_leads USING btree (workspace_name, lead_email)
CREATE UNIQUE INDEX uq_client_metrics_workspace_name_metric_type ON bisonwatch.client_metrics USING btree (workspace_name, metric_type)
CREATE UNIQUE INDEX uq_client_registry_workspace_name ON bisonwatch.client_registry USING btree (workspace_name)
CREATE TRIGGER client_leads_given BEFORE INSERT ON bisonwatch.client_leads FOR EACH ROW WHEN (((new.instance IS NULL) OR (new.workspace_id IS NULL) OR (new.known_at IS NULL) OR ((new.stage_author = 'auto'::text) AND (new.pipeline_stage <> new.auto_stage)))) EXECUTE FUNCTION bisonwatch.client_leads_given()
CREATE TRIGGER client_leads_person BEFORE UPDATE OF pipeline_stage ON bisonwatch.client_leads FOR EACH ROW EXECUTE FUNCTION bisonwatch.client_leads_person()
view api_health_logs with {security_invoker=true}
view dashboard_health_summary with {security_invoker=true}
view data_cache_metadata with {security_invoker=true}
view data_health_summary with {security_invoker=true}
view data_validation_errors with {security_invoker=true}
view email_accounts_cache with {security_invoker=true}
view email_accounts_live with {security_invoker=true}
view email_sync_logs with {security_invoker=true}
view function_call_logs with {security_invoker=true}
view provider_performance_history with {security_invoker=true}
view sender_emails_cache with {security_invoker=true}
view sync_log with {security_invoker=true}
view webhook_delivery_log with {security_invoker=true}
view webhook_health with {security_invoker=true}
CREATE OR REPLACE FUNCTION bisonwatch.aggregate_provider_stats()
 RETURNS TABLE(provider text, total_accounts bigint, connected_accounts bigint, sends bigint, replies bigint, bounces bigint, reply_rate_percentage numeric)
 LANGUAGE sql
 STABLE
 SET search_path TO 'bisonwatch', 'pg_temp'
AS $function$
SELECT a.provider, count(*), count(*) FILTER (WHERE a.status = 'connected'),
       sum(a.sent)::bigint, sum(a.replied)::bigint, sum(a.bounced)::bigint,
       round(100.0 * sum(a.replied) / nullif(sum(a.sent), 0), 2)
FROM accounts AS a WHERE a.status <> 'removed'
GROUP BY a.provider ORDER BY a.provider
$function$

CREATE OR REPLACE FUNCTION bisonwatch.check_provider_reply_rate_drop()
 RETURNS TABLE(provider text, current_reply_rate numeric, previous_reply_rate numeric, drop_percentage numeric, dropped boolean)
 LANGUAGE sql
 STABLE
 SET search_path TO 'bisonwatch', 'pg_temp'
AS $function$
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
$function$

CREATE OR REPLACE FUNCTION bisonwatch.client_leads_given()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'bisonwatch', 'pg_temp'
AS $function$
BEGIN
  IF NEW.instance IS NULL OR NEW.workspace_id IS NULL THEN
    SELECT r.instance, r.workspace_id INTO NEW.instance, NEW.workspace_id
      FROM client_registry AS r WHERE r.workspace_name = NEW.workspace_name;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'client_leads: no workspace in client_registry is called "%"', NEW.workspace_name
        USING ERRCODE = 'foreign_key_violation';
    END IF;
  END IF;
  NEW.lead_email := lower(btrim(NEW.lead_email));
  NEW.updated_at := coalesce(NEW.updated_at, now());
  IF NEW.known_at IS NULL THEN
    NEW.known_at := 'epoch';
    NEW.known_rank := -1;
    NEW.known_sequence := 0;
  END IF;
  IF NEW.stage_author = 'auto' AND NEW.pipeline_stage <> NEW.auto_stage THEN
    NEW.stage_author := 'person';
  END IF;
  RETURN NEW;
END $function$

CREATE OR REPLACE FUNCTION bisonwatch.client_leads_person()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
  IF NEW.pipeline_stage IS DISTINCT FROM OLD.pipeline_stage AND NEW.pipeline_stage IS DISTINCT FROM NEW.auto_stage THEN
    NEW.stage_author := CASE WHEN NEW.pipeline_stage IS NULL THEN 'auto' ELSE 'person' END;
    NEW.pipeline_stage := coalesce(NEW.pipeline_stage, NEW.auto_stage);
  END IF;
  RETURN NEW;
END $function$

CREATE OR REPLACE FUNCTION bisonwatch.get_account_status_stats()
 RETURNS TABLE(status text, total_accounts bigint, percentage numeric)
 LANGUAGE sql
 STABLE
 SET search_path TO 'bisonwatch', 'pg_temp'
AS $function$
SELECT a.status, count(*), round(100.0 * count(*) / sum(count(*)) OVER (), 2)
FROM accounts AS a WHERE a.status <> 'removed'
GROUP BY a.status ORDER BY a.status
$function$

CREATE OR REPLACE FUNCTION bisonwatch.get_email_cache_cron_status()
 RETURNS TABLE(job text, engine_running boolean, queued bigint, running bigint, last_started_at timestamp with time zone, last_finished_at timestamp with time zone, last_status text, last_error text)
 LANGUAGE sql
 STABLE
 SET search_path TO 'bisonwatch', 'pg_temp'
AS $function$
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
$function$

CREATE OR REPLACE FUNCTION bisonwatch.get_email_sync_health()
 RETURNS TABLE(last_success_at timestamp with time zone, minutes_since_success double precision, last_status text, runs_24h bigint, failed_24h bigint, is_healthy boolean)
 LANGUAGE sql
 STABLE
 SET search_path TO 'bisonwatch', 'pg_temp'
AS $function$
WITH logs AS (SELECT l.* FROM email_sync_logs AS l),
whole AS (SELECT max(l.completed_at) AS at FROM logs AS l WHERE l.status = 'success')
SELECT whole.at,
       extract(epoch FROM now() - whole.at)::double precision / 60,
       (SELECT l.status FROM logs AS l WHERE l.completed_at IS NOT NULL ORDER BY l.completed_at DESC LIMIT 1),
       (SELECT count(*) FROM logs AS l WHERE l.started_at >= now() - interval '24 hours'),
       (SELECT count(*) FROM logs AS l WHERE l.started_at >= now() - interval '24 hours' AND l.status = 'failed'),
       coalesce(whole.at >= now() - interval '60 minutes', false)
FROM whole
$function$

CREATE OR REPLACE FUNCTION bisonwatch.trigger_email_cache_sync()
 RETURNS uuid
 LANGUAGE plpgsql
 SET search_path TO 'bisonwatch', 'pg_temp'
AS $function$
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
$function$
