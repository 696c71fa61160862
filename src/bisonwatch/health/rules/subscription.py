"""Is our webhook subscription there, and as it should be? Without it nothing is lost, but everything comes by polling."""

from __future__ import annotations

from bisonwatch.domain.health import Finding, Health
from bisonwatch.domain.subscription import Standing, SubscriptionState


def judge(standing: Standing | None) -> Finding | None:
    """None where nobody has looked. One that was never made is no loss; it costs points (`domain.score`)."""
    look = standing.look if standing else None
    if look is None:
        return None
    if look.state in (SubscriptionState.MISSING, SubscriptionState.DRIFTED):
        return Finding(Health.WARNING, look.wrong or f"our webhook subscription is {look.state.value}")
    return Finding(Health.HEALTHY, "our webhook subscription is as it should be")
