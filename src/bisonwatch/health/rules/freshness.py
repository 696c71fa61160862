"""Is a workspace's mirror right? Silence alone is no failure: only what a walk of the provider's own log found missing is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bisonwatch.domain.health import Finding, Health


@dataclass(frozen=True, slots=True)
class Limits:
    """From the configuration: `sync.poll_every`, `sync.silence`, `health.thresholds.lag_warning` and `lag_critical`."""

    poll_every: timedelta
    silence: timedelta
    lag_warning: timedelta
    lag_critical: timedelta

    @property
    def verified_within(self) -> timedelta:
        """A workspace that was not verified for longer is unknown: two polls and a little patience."""
        return 2 * self.poll_every + max(self.poll_every / 5, timedelta(seconds=5))


@dataclass(frozen=True, slots=True)
class Signs:
    """What is known of one workspace. `missed` and `missing_since` are the last finished walk's."""

    active: bool
    last_webhook_at: datetime | None
    verified_at: datetime | None
    missed: int
    missing_since: datetime | None
    poll_failed_since: datetime | None
    poll_error: str | None


def judge(signs: Signs, limits: Limits, now: datetime) -> Finding:
    """Good, bad, or could not tell; could-not-tell never looks good."""
    if not signs.active:
        return Finding(Health.PAUSED, "not watched: taken out of the configuration")
    unknown = _unknown(signs, limits, now)
    if unknown:
        return Finding(Health.UNKNOWN, unknown)
    if signs.missing_since is not None:
        return _missed(signs.missing_since, signs, limits, now)
    verified = f"verified {_clock(signs.verified_at)}"
    if signs.last_webhook_at is None:
        return Finding(Health.IDLE, f"no webhook yet and nothing missed, {verified}")
    if now - signs.last_webhook_at > limits.silence:
        return Finding(
            Health.IDLE, f"silent since {_clock(signs.last_webhook_at)} and nothing missed, {verified}"
        )
    return Finding(Health.HEALTHY, f"webhooks arrive, {verified}")


def _unknown(signs: Signs, limits: Limits, now: datetime) -> str | None:
    failing = signs.poll_failed_since
    if failing is not None and (signs.verified_at is None or now - failing > limits.poll_every):
        return f"the provider could not be asked since {_clock(failing)}: {signs.poll_error or 'no answer'}"
    if signs.verified_at is None:
        return "the first walk at the provider is not finished"
    if now - signs.verified_at > limits.verified_within:
        return f"nobody has asked the provider since {_clock(signs.verified_at)}"
    return None


def _missed(since: datetime, signs: Signs, limits: Limits, now: datetime) -> Finding:
    age = now - since
    events = "1 event" if signs.missed == 1 else f"{signs.missed:,} events"
    reason = f"webhooks missed {events} since {_clock(since)}; polling filled them"
    if age >= limits.lag_critical:
        return Finding(Health.CRITICAL, reason)
    return Finding(Health.WARNING if age >= limits.lag_warning else Health.HEALTHY, reason)


def _clock(at: datetime | None) -> str:
    return f"{at:%H:%M}" if at else "never"
