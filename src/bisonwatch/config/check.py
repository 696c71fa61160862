"""What `bisonwatch config check` finds in a configuration that could be loaded."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime

from bisonwatch.clock import SystemClock
from bisonwatch.config import exposure
from bisonwatch.config.doors import loopback
from bisonwatch.config.explain import show
from bisonwatch.config.instances import Instance
from bisonwatch.config.load import Loaded
from bisonwatch.config.redaction import references
from bisonwatch.config.remark import Found, Level, Remark
from bisonwatch.config.settings import Settings
from bisonwatch.errors import ConfigError

_NO_RULE = "no rule looks at this figure yet"

NOT_BUILT: Mapping[str, str] = {
    "api.cors": "the API is not called from browsers yet",
    "health.thresholds.delivery_rate": _NO_RULE,
    "health.thresholds.success_rate": _NO_RULE,
    "health.thresholds.api_latency": _NO_RULE,
    "health.thresholds.account_sync_late": _NO_RULE,
    "health.thresholds.disconnect_rate": _NO_RULE,
    "health.thresholds.dead_letters": _NO_RULE,
    "health.thresholds.cache_hit_rate": _NO_RULE,
    "health.thresholds.prefetch_rate": _NO_RULE,
    "health.thresholds.database_latency": _NO_RULE,
    "health.thresholds.reply_rate_drop": _NO_RULE,
    "health.thresholds.disk_free": _NO_RULE,
    "alerts.slack": "alerts are not sent to Slack yet",
    "alerts.webhook": "alerts are not sent to a webhook yet",
    "alerts.heartbeat_url": "no heartbeat is sent yet",
    "alerts.summary_at": "there is no daily summary yet",
    "alerts.cooldown": "alerts are not sent yet",
    "alerts.escalate_after": "alerts are not sent yet",
    "alerts.quiet_hours": "alerts are not sent yet",
    "crm": "the CRM mirror is not built yet",
    "retention.api_log": "requests to the provider are not logged yet",
    "terminal.on_hangup": "a closed line always stops the engine behind it yet",
}
"""Keys that are accepted though their part is not built, each with what that means. Shrinks as parts are built."""


def check(
    loaded: Loaded, environ: Mapping[str, str] | None = None, now: datetime | None = None
) -> tuple[Remark, ...]:
    """Every remark about this configuration, errors first. `now` is what certificates are judged by."""
    settings, environ = loaded.settings, os.environ if environ is None else environ
    found = [
        *_secrets(settings, environ),
        *_instances(settings),
        *exposure.remarks(settings, environ, now or SystemClock().now()),
        *_not_built(loaded),
    ]
    remarks = [Remark(level, key, _source(loaded, key), message) for level, key, message in found]
    return tuple(sorted(remarks, key=lambda remark: remark.level is not Level.ERROR))


def _source(loaded: Loaded, key: str) -> str:
    """Where a key came from; for a section, the first of its keys that was set."""
    below = (
        source for known, source in loaded.sources.items() if _within(known, key) and source != "default"
    )
    return next(below, "default")


def _within(key: str, part: str) -> bool:
    return key == part or key.startswith(f"{part}.")


def _unbuilt(key: str) -> bool:
    return any(_within(key, part) for part in NOT_BUILT)


def _secrets(settings: Settings, environ: Mapping[str, str]) -> Found:
    for key, secret in references(settings):
        if secret.plain:
            yield Level.WARNING, key, "holds a secret in plain text; write env:NAME or file:/path"
        try:
            secret.resolve(environ)
        except ConfigError as error:
            yield Level.WARNING if _unbuilt(key) else Level.ERROR, key, error.message


def _instances(settings: Settings) -> Found:
    if not settings.instances:
        yield Level.WARNING, "instances", "names no instance, so nothing is watched"
    for index, instance in enumerate(settings.instances):
        yield from _instance(instance, f"instances.{index}")


def _instance(instance: Instance, here: str) -> Found:
    if instance.webhook_token is None:
        message = "is not set: no webhook of this instance is taken, everything is polled"
        yield Level.WARNING, f"{here}.webhook_token", message
    if instance.switch_workspaces and instance.api_key is None:
        message = "has no effect: only the instance's own api_key is ever switched"
        yield Level.WARNING, f"{here}.switch_workspaces", message
    host = instance.url.partition("://")[2].partition("/")[0].rpartition("@")[2]
    if instance.url.startswith("http://") and not loopback(host.partition(":")[0]):
        yield Level.WARNING, f"{here}.url", "keys travel in clear text; write https://"


def _not_built(loaded: Loaded) -> Found:
    given = [
        setting.key for setting in show(loaded) if setting.source != "default" and setting.value != "null"
    ]
    for part, meaning in NOT_BUILT.items():
        if any(_within(key, part) for key in given):
            yield Level.WARNING, part, f"has no effect: {meaning}"
