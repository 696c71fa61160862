"""From a stored delivery to its event and facts: the body is translated once, here."""

from __future__ import annotations

from bisonwatch.clients.bison import translate
from bisonwatch.domain.delivery import Delivery
from bisonwatch.domain.facts import facts_of
from bisonwatch.domain.understood import Understood


def understand(delivery: Delivery) -> Understood:
    """Raises UnreadableEvent, saying what is missing: that delivery is a dead letter."""
    raw = translate.parse(delivery.body)
    event = translate.event(raw, instance=delivery.instance, workspace_id=delivery.workspace_id)
    facts = facts_of(
        event,
        content_hash=delivery.content_hash,
        logged_at=delivery.logged_at,
        received_at=delivery.received_at,
    )
    return Understood(
        delivery, event, facts, translate.version_of(event, delivery.logged_at or delivery.received_at)
    )
