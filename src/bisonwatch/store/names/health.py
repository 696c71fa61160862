"""Health under the old system's names. Where no engine lives nobody can tell: `unknown`, whatever was true before."""

from __future__ import annotations

from bisonwatch.store.names.words import Words

_DAY_S = 86_400
_ALIVE_S = 10


def _engine(w: Words) -> str:
    """Whether an engine lives: its last heartbeat is young."""
    young = f"n.seen_at > {w.seconds_ago(_ALIVE_S)}"
    return f"EXISTS (SELECT 1 FROM nodes AS n WHERE n.stopped_at IS NULL AND {young})"


def _standing(w: Words) -> str:
    """Each workspace with its health, the worst that is known of it, and since when."""
    return f"""(
SELECT r.instance, r.workspace_id, r.workspace_name, {w.latest("t.at", "o.at")} AS since,
       CASE WHEN t.health = 'paused' THEN 'paused'
            WHEN NOT {_engine(w)} THEN 'unknown'
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
)"""


def _day(w: Words) -> str:
    """What came to each workspace in 24 hours."""
    return f"""(
SELECT instance, workspace_id, CAST(sum(webhooks) AS bigint) AS webhooks, CAST(sum(walks) AS bigint) AS walks,
       CAST(sum(webhooks + polled) AS bigint) AS processed
FROM traffic WHERE minute >= {w.seconds_ago(_DAY_S)} GROUP BY instance, workspace_id
)"""


def _dead(w: Words) -> str:
    return f"""(
SELECT instance, workspace_id, count(*) AS n
FROM inbox WHERE state = 'dead' AND received_at >= {w.seconds_ago(_DAY_S)} GROUP BY instance, workspace_id
)"""


def _of(alias: str) -> str:
    return f"{alias}.instance = s.instance AND {alias}.workspace_id = s.workspace_id"


def webhook_health(w: Words) -> str:
    """The success rate is that of processing: done of done and dead. NULL where nothing came: could not tell is not healthy."""
    done, dead = "coalesce(d.processed, 0)", "coalesce(x.n, 0)"
    rate = w.percent(done, f"({done} + {dead})")
    heard = w.latest("w.last_webhook_at", "w.last_poll_at")
    return f"""
SELECT s.workspace_name,
       {w.moment("w.last_webhook_at")} AS last_webhook_at,
       {w.moment("w.last_poll_at")} AS last_poll_at,
       coalesce(d.webhooks, 0) AS webhook_count_24h,
       coalesce(d.walks, 0) AS poll_count_24h,
       {rate} AS success_rate_24h,
       {rate} >= 95 AS is_healthy,
       s.health AS health_status,
       {w.moment("a.at")} AS last_alert_at,
       {w.moment(w.latest(heard, "s.since"))} AS updated_at
FROM {_standing(w)} AS s
LEFT JOIN workspace_watch AS w ON {_of("w")}
LEFT JOIN {_day(w)} AS d ON {_of("d")}
LEFT JOIN {_dead(w)} AS x ON {_of("x")}
LEFT JOIN (SELECT instance, workspace_id, max(at) AS at FROM transitions
           WHERE health IN ('critical', 'warning') GROUP BY instance, workspace_id) AS a ON {_of("a")}"""


def data_health_summary(w: Words) -> str:
    """`silence_status` is the old rule, by the clock alone."""
    silent = w.seconds_between("w.last_webhook_at", w.now())
    return f"""
SELECT s.workspace_name,
       {w.moment("w.last_webhook_at")} AS last_webhook_at,
       {silent} / 60 AS minutes_since_webhook,
       coalesce(d.webhooks, 0) AS webhook_count_24h,
       coalesce(d.walks, 0) AS poll_count_24h,
       s.health AS health_status,
       CASE WHEN w.last_webhook_at IS NULL THEN 'unknown'
            WHEN {silent} > 600 THEN 'critical'
            WHEN {silent} > 300 THEN 'warning'
            ELSE 'healthy' END AS silence_status
FROM {_standing(w)} AS s
LEFT JOIN workspace_watch AS w ON {_of("w")}
LEFT JOIN {_day(w)} AS d ON {_of("d")}"""


_STATES = ("healthy", "idle", "warning", "critical", "unknown", "paused")


def dashboard_health_summary(w: Words) -> str:
    """`domain.score`, in SQL; a test holds the two together."""
    states = ",\n       ".join(
        f"count(CASE WHEN health = '{state}' THEN 1 END) AS {state}_workspaces" for state in _STATES
    )
    limit = w.number_in("n.figures", "backlog_limit")
    lost = ",\n       ".join(f"{points} AS lost_to_{name}" for name, points in _lost(w).items())
    names = [f"lost_to_{name}" for name in _lost(w)]
    counts = ", ".join(f"{state}_workspaces" for state in _STATES)
    return f"""
SELECT {w.greatest}(0, 100 - ({" + ".join(names)})) AS health_score,
       workspaces, {counts},
       polled_workspaces, dead_letters, backlog, backlog_limit, engine_running,
       {", ".join(names)},
       {w.moment("updated_at")} AS updated_at
FROM (
SELECT f.*,
       {lost}
FROM (
SELECT count(*) AS workspaces,
       {states},
       count(CASE WHEN health <> 'paused' AND subscribed_at IS NULL THEN 1 END) AS polled_workspaces,
       (SELECT count(*) FROM inbox WHERE state = 'dead') AS dead_letters,
       (SELECT count(*) FROM inbox WHERE state = 'pending') AS backlog,
       (SELECT max({limit}) FROM nodes AS n WHERE n.stopped_at IS NULL AND n.seen_at > {w.seconds_ago(_ALIVE_S)})
           AS backlog_limit,
       {_engine(w)} AS engine_running,
       (SELECT max(seen_at) FROM nodes) AS updated_at
FROM (SELECT s.health, w.subscribed_at FROM {_standing(w)} AS s
      LEFT JOIN workspace_watch AS w ON {_of("w")}) AS known
) AS f
) AS scored"""


def _lost(w: Words) -> dict[str, str]:
    """Points by reason; each kind is capped, the first of a kind costs more."""

    def each(count: str, points: int, most: int, first: int = 0) -> str:
        return f"CASE WHEN {count} = 0 THEN 0 ELSE {w.least}({most}, {first} + {points} * {count}) END"

    return {
        "engine": "CASE WHEN engine_running THEN 0 ELSE 50 END",
        "no_workspace": "CASE WHEN workspaces = 0 THEN 50 ELSE 0 END",
        "critical": each("critical_workspaces", 5, 50, 15),
        "warning": each("warning_workspaces", 3, 30, 4),
        "unknown": each("unknown_workspaces", 2, 30, 3),
        "backlog": "CASE WHEN backlog > backlog_limit THEN 10 ELSE 0 END",
        "dead_letters": each("dead_letters", 1, 10),
        "polling": each("polled_workspaces", 1, 10),
    }
