"""Does the provider's own test event come the whole way to us? It does so even while nothing is sent."""

from __future__ import annotations

from bisonwatch.domain.health import Finding, Health
from bisonwatch.domain.subscription import Standing, SubscriptionState

_NOT_THERE = (SubscriptionState.NONE, SubscriptionState.MISSING)


def judge(standing: Standing | None) -> Finding | None:
    """None before the first one was sent. Without a subscription none is sent any more, and its absence is told by another rule."""
    if standing is None or standing.canary_sent_at is None:
        return None
    if standing.look is not None and standing.look.state in _NOT_THERE:
        return Finding(Health.HEALTHY, "no subscription of ours is there to be proven")
    since = standing.canary_failed_since
    if since is None:
        return Finding(Health.HEALTHY, "the last test event arrived")
    why = f": {standing.canary_error}" if standing.canary_error else ""
    return Finding(Health.WARNING, f"no test event arrives since {since:%d %b %H:%M}{why}")
