"""The statements that fill an empty database, for either."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from benchmarks.shape import HTML, INBOX_DAYS, TEXT, Shape


@dataclass(frozen=True, slots=True)
class Words:
    """One database's way to say it."""

    series: str
    id: str
    hash: str
    ago: str
    minute: str
    day: str
    month: str
    bit: str
    encoded: str
    zeros: str
    true: str
    false: str

    def of(self, statement: str, first: int, last: int, values: dict[str, object]) -> str:
        """`@ago(x)`, `@id(x)` … become this database's own; `series` counts i from `first` to `last`."""
        for name in ("ago", "id", "hash", "minute", "day", "month", "bit"):
            statement = _called(statement, f"@{name}(", getattr(self, name))
        named = {
            "first": first,
            "last": last,
            "true": self.true,
            "false": self.false,
            "body": self.body(False),
            "whole": self.body(True),
        }
        named |= {"series": self.series.format(first=first, last=last)}
        return statement.format_map(named | values)

    def body(self, whole: bool) -> str:
        """As upkeep leaves it, or as it came."""
        mail = (
            f"""'"email_body":"<p>' || {self.zeros.format(HTML)} || '</p>",'"""
            if whole
            else """'"trimmed":true,'"""
        )
        text = f"""'"text_body":"' || {self.zeros.format(TEXT)} || '"'"""
        head = """'{"event":{"type":"EMAIL_SENT"},"data":{"scheduled_email":{"id":' || i || ','"""
        return self.encoded.replace("?", f"{head} || {mail} || {text} || '}}}}}}'")


def _called(statement: str, name: str, template: str) -> str:
    while name in statement:
        head, _, rest = statement.partition(name)
        depth, end = 1, 0
        while depth:
            depth += {"(": 1, ")": -1}.get(rest[end], 0)
            end += 1
        statement = head + template.replace("?", f"({rest[: end - 1]})") + rest[end:]
    return statement


def words(one_writer: bool, now: datetime) -> Words:
    today, micro = now.date().isoformat(), int(now.timestamp()) * 1_000_000
    minute = int(now.timestamp()) // 60 * 60_000_000
    if one_writer:
        return Words(
            series="WITH RECURSIVE series(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM series WHERE i < {last})",
            id="CAST(printf('%016d', ?) AS BLOB)",
            hash="CAST(printf('%016d', ?) AS BLOB)",
            ago=f"({micro} - ? * 1000000)",
            minute=f"({minute} - ? * 60000000)",
            day=f"date('{today}', '-' || ? || ' days')",
            month="date(?, 'start of month')",
            bit="(1 << (CAST(strftime('%d', ?) AS INTEGER) - 1))",
            encoded="CAST(? AS BLOB)",
            zeros="printf('%0{}d', i)",
            true="1",
            false="0",
        )
    start = now.replace(second=0, microsecond=0).isoformat()
    return Words(
        series="WITH series(i) AS (SELECT generate_series({first}::bigint, {last}::bigint))",
        id="lpad(to_hex(?), 32, '0')::uuid",
        hash="decode(md5(?::text), 'hex')",
        ago=f"(timestamptz '{now.isoformat()}' - ? * interval '1 second')",
        minute=f"(timestamptz '{start}' - ? * interval '1 minute')",
        day=f"(date '{today}' - ?::int)",
        month="date_trunc('month', ?)::date",
        bit="(1 << (extract(day FROM ?)::int - 1))",
        encoded="convert_to(?, 'UTF8')",
        zeros="lpad(i::text, {}, '0')",
        true="true",
        false="false",
    )


_WORKSPACES = (
    """INSERT INTO {s}client_registry (instance, workspace_id, workspace_name, provider_name, name_known_at, active, first_seen_at)
       {series} SELECT 'main', i, 'Client ' || i, 'Client ' || i, @ago({days} * 86400), {true}, @ago({days} * 86400) FROM series""",
    """INSERT INTO {s}workspace_watch (instance, workspace_id, last_webhook_at, last_event_at, last_poll_at, verified_at, missed, subscribed_at)
       {series} SELECT 'main', i, @ago(i % 900), @ago(i % 900), @ago(i % 300), @ago(i % 300), 0, @ago({days} * 86400) FROM series""",
)
_CHANGES = """INSERT INTO {s}transitions (instance, workspace_id, at, rule, health, reason, ended_at)
    {series} SELECT 'main', i % {w}, @ago((i / {w}) * 864000 + 60), 'webhook_silence', 'idle', 'no webhook',
        CASE WHEN i >= {w} THEN @ago((i / {w} - 1) * 864000 + 60) END FROM series"""
_TYPES = """INSERT INTO {s}event_types (instance, workspace_id, type, n, last_at)
    {series} SELECT 'main', i % {w}, 'TYPE_' || (i / {w}), i, @ago(i % 900) FROM series"""
_ACCOUNTS = """INSERT INTO {s}accounts (instance, id, workspace_id, email, status, type, provider, tags, daily_limit, sent, replied,
        bounced, row_hash, known_at, seen_at)
    {series} SELECT 'main', i, i * {w} / {accounts}, 'box' || i || '@sender.example',
        CASE WHEN i % 50 = 0 THEN 'disconnected' ELSE 'connected' END, 'google', 'google', '[]', 30, i, i / 30, i / 100, i,
        @ago(i % 900), @ago(i % 900) FROM series"""
_LEADS = """INSERT INTO {s}client_leads (instance, workspace_id, lead_email, workspace_name, lead_id, pipeline_stage, auto_stage,
        contacted_at, known_at, known_rank, known_sequence)
    {series} SELECT 'main', i * {w} / {leads}, 'lead' || i || '@leads.example', 'Client ' || (i * {w} / {leads}), i,
        CASE WHEN i % 50 = 0 THEN 'interested' WHEN i % 10 = 0 THEN 'replied' ELSE 'contacted' END, 'contacted', @ago(i % 9000000), @ago(i % 9000000), 0, i FROM series"""
_FACTS = """INSERT INTO {s}facts (instance, workspace_id, type, key, at, rank, source, seen_at, webhook_at, delivery_id)
    {series}, told(w, n, passed) AS (
        SELECT i / {each}, i % {each}, (((i % {each}) * 48271 + {seed}) % {each}) * ({days} * 86400) / {each} FROM series)
    SELECT 'main', w, CASE WHEN n * 100 / {each} < 2 THEN 'bounced' WHEN n * 100 / {each} < 3 THEN 'interested'
            WHEN n * 100 / {each} < 8 THEN 'opened' WHEN n * 100 / {each} < 12 THEN 'replied' ELSE 'sent' END,
        's:' || (1000000000 + n), @ago(passed), 0, 'webhook', @ago(passed), @ago(passed), @id(n) FROM told"""
_COUNTS = """INSERT INTO {s}daily_counts (instance, workspace_id, day, metric, n)
    {series} SELECT 'main', i / ({days} * 3), @day((i / 3) % {days}),
        CASE i % 3 WHEN 0 THEN 'bounced' WHEN 1 THEN 'replied' ELSE 'sent' END, i % 100 FROM series"""
_REPORTS = """INSERT INTO {s}daily_reports (instance, workspace_id, day, metric, n, as_of)
    {series} SELECT 'main', i / ({days} * 3), @day((i / 3) % {days}),
        CASE i % 3 WHEN 0 THEN 'bounced' WHEN 1 THEN 'replied' ELSE 'sent' END, i % 100, @ago(((i / 3) % {days}) * 86400 + 600)
    FROM series"""
_MONTHS = """INSERT INTO {s}month_counts (month, instance, workspace_id, metric, counted, covered, reported, as_of, days_counted,
        days_reported)
    SELECT @month(c.day), c.instance, c.workspace_id, c.metric, sum(c.n), sum(c.n), sum(r.n), max(r.as_of), sum(@bit(c.day)), sum(@bit(c.day))
    FROM {s}daily_counts AS c JOIN {s}daily_reports AS r USING (instance, workspace_id, day, metric)
    GROUP BY 1, c.instance, c.workspace_id, c.metric"""
_TRAFFIC = """INSERT INTO {s}traffic (instance, workspace_id, minute, webhooks, polled, walks, missed)
    {series} SELECT 'main', i / {minutes}, @minute((i % {minutes}) * {apart} + i / {minutes} % {apart}), 1 + i % 3, 0, 1, 0 FROM series"""
_INBOX = """INSERT INTO {s}inbox (id, instance, workspace_id, type, source, state, received_at, content_hash, duplicate, attempts,
        next_try_at, processed_at, effect, subject, error, slot, size)
    {series} SELECT @id(i), 'main', (i * 48271 + {seed}) % {w}, 'EMAIL_SENT', 'webhook',
        CASE WHEN i % 10000 = 7 THEN 'dead' WHEN i >= {deliveries} - 50 THEN 'pending' ELSE 'done' END,
        @ago(({deliveries} - i) * 2592000 / {deliveries}), @hash(i), {false}, 1, @ago(({deliveries} - i) * 2592000 / {deliveries}),
        @ago(({deliveries} - i) * 2592000 / {deliveries}), 'applied', 'lead' || i || '@leads.example',
        CASE WHEN i % 10000 = 7 THEN 'the body has no event type' END, i % 64, {size} FROM series"""
_BODIES = """INSERT INTO {s}bodies (id, body)
    {series} SELECT @id(i), CASE WHEN i >= {deliveries} - {daily} OR i % 10000 = 7 THEN {whole} ELSE {body} END FROM series"""
_TRIMMED = """INSERT INTO {s}cursors (instance, workspace_id, stream, position, position_at, walked_at)
    {series} SELECT '', i, 'bodies text', 0, @ago(86400), @ago(0) FROM series"""
_METRICS = """INSERT INTO {s}client_metrics (instance, workspace_id, metric_type, workspace_name, emails_sent_mtd, replies_mtd,
        update_source, updated_at)
    {series} SELECT 'main', i, 'mtd', 'Client ' || i, i * 1000, i, 'webhook', @ago(i) FROM series"""
_PROVIDERS = """INSERT INTO {s}provider_days (instance, workspace_id, day, provider, accounts, sent, replied)
    {series} SELECT 'main', i / ({days} * 2), @day((i / 2) % {days}), CASE i % 2 WHEN 0 THEN 'google' ELSE 'microsoft' END, 70, i, i / 30
    FROM series"""
_RUNS = """INSERT INTO {s}runs (id, job, parts, asked_by, state, queued_at, started_at, finished_at, outcome, done, rows_read,
        rows_written, rows_unchanged, rows_removed, requests, retries, cancel_asked)
    {series} SELECT @id(i), CASE WHEN i % 60 = 0 THEN 'reports' WHEN i % 5 = 0 THEN 'accounts' ELSE 'poll' END, '[]', 'schedule',
        'done', @ago(i * 60 + 30), @ago(i * 60 + 30), @ago(i * 60 + 20), 'success', 1, 1, 1, 1, 0, 1, 0, {false} FROM series"""


def tables(shape: Shape) -> Iterator[tuple[str, int]]:
    """Each statement, and how many rows it makes."""
    for statement in _WORKSPACES:
        yield statement, shape.workspaces
    yield _CHANGES, shape.workspaces * 20
    yield _TYPES, shape.workspaces * 20
    yield _ACCOUNTS, shape.accounts
    yield _LEADS, shape.events // 20
    yield _FACTS, shape.each * shape.workspaces
    yield _COUNTS, shape.workspaces * shape.days * 3
    yield _REPORTS, shape.workspaces * shape.days * 3
    yield _MONTHS, 1
    yield _TRAFFIC, shape.workspaces * shape.minutes
    yield _INBOX, shape.deliveries
    yield _BODIES, shape.deliveries
    yield _TRIMMED, 1
    yield _METRICS, shape.workspaces
    yield _PROVIDERS, shape.workspaces * shape.days * 2
    yield _RUNS, INBOX_DAYS * 1440
