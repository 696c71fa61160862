"""From a stored delivery to its event and facts: the body is translated once, here."""

from __future__ import annotations

from bisonwatch.clients.bison import translate
from bisonwatch.domain.delivery import Delivery
from bisonwatch.domain.facts import facts_of
from bisonwatch.domain.merge import Version
from bisonwatch.domain.understood import Understood

_TIE_BITS = 24
_LARGEST = 1 << 62 - _TIE_BITS


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
    version = translate.version_of(event, delivery.logged_at or delivery.received_at)
    return Understood(delivery, event, facts, _untied(version, delivery.content_hash))


def _untied(version: Version, content_hash: bytes) -> Version:
    """Two different news of one moment and one id are ranked by their content, never by their arrival."""
    tie = int.from_bytes(content_hash[: _TIE_BITS // 8], "big")
    return version._replace(sequence=min(version.sequence, _LARGEST) << _TIE_BITS | tie)
