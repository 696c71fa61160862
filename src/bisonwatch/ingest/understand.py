"""From a stored delivery to its event and facts: the body is translated once, here."""

from __future__ import annotations

from dataclasses import replace

from bisonwatch.clients.bison import translate
from bisonwatch.domain.delivery import Delivery
from bisonwatch.domain.facts import facts_of
from bisonwatch.domain.merge import Version
from bisonwatch.domain.plausible import plausible, sober
from bisonwatch.domain.understood import Understood

_TIE_BITS = 24
_LARGEST = 1 << 62 - _TIE_BITS


def understand(delivery: Delivery) -> Understood:
    """Raises UnreadableEvent, saying what is missing: that delivery is a dead letter."""
    delivery = _logged_by_now(delivery)
    raw = translate.parse(delivery.body)
    event = translate.event(raw, instance=delivery.instance, workspace_id=delivery.workspace_id)
    event = sober(event, delivery.received_at)
    facts = facts_of(
        event,
        content_hash=delivery.content_hash,
        logged_at=delivery.logged_at,
        received_at=delivery.received_at,
    )
    version = translate.version_of(event, delivery.logged_at or delivery.received_at)
    return Understood(delivery, event, facts, _untied(version, delivery.content_hash))


def _logged_by_now(delivery: Delivery) -> Delivery:
    """A row of the log from the future has no date there."""
    if delivery.logged_at is None or plausible(delivery.logged_at, delivery.received_at):
        return delivery
    return replace(delivery, logged_at=None)


def _untied(version: Version, content_hash: bytes) -> Version:
    """Two different news of one moment and one id are ranked by their content, never by their arrival."""
    tie = int.from_bytes(content_hash[: _TIE_BITS // 8], "big")
    return version._replace(sequence=min(version.sequence, _LARGEST) << _TIE_BITS | tie)
