"""Routes of webhook URLs and of what may be sent to them."""

from __future__ import annotations

from collections.abc import Sequence

from bisonwatch.clients.bison import wire
from bisonwatch.clients.bison.door import Door, plain, read

_ROUTE = "/api/webhook-url"


class Subscriptions:
    """The workspace's webhook URLs, ours and others'."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def all(self) -> tuple[wire.Subscription, ...]:
        return await self._door.listed(_ROUTE, wire.subscription)

    async def one(self, subscription_id: int) -> wire.Subscription:
        return await self._door.one(f"{_ROUTE}/{subscription_id}", plain(wire.subscription))

    async def create(self, name: str, url: str, events: Sequence[str]) -> wire.Subscription:
        body: dict[str, object] = {"name": name, "url": url, "events": list(events)}
        return read(await self._door.write("POST", _ROUTE, body), plain(wire.subscription))

    async def replace(
        self, subscription_id: int, name: str, url: str, events: Sequence[str]
    ) -> wire.Subscription:
        """Replaces name, URL and the whole list of events."""
        body: dict[str, object] = {"name": name, "url": url, "events": list(events)}
        answer = await self._door.write("PUT", f"{_ROUTE}/{subscription_id}", body)
        return read(answer, plain(wire.subscription))

    async def delete(self, subscription_id: int) -> None:
        """RecordMissing when it is gone already."""
        await self._door.write("DELETE", f"{_ROUTE}/{subscription_id}")

    async def types(self) -> tuple[str, ...]:
        """The event types a subscription may name."""
        return await self._door.listed("/api/webhook-events/event-types", wire.event_type)

    async def sample(self, event_type: str) -> dict[str, object]:
        """The body of a sample webhook: demo data, whose ids exist nowhere."""
        query = [("event_type", event_type)]
        return await self._door.one("/api/webhook-events/sample-payload", plain(wire.sample), query)

    async def test(self, event_type: str, url: str) -> None:
        """Have the provider send its sample of that type to `url` (the canary)."""
        body: dict[str, object] = {"event_type": event_type, "url": url}
        await self._door.write("POST", "/api/webhook-events/test-event", body)
