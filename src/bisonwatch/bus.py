"""In-process wake-ups: "there is work in the inbox", "workspace 12 changed". Never the truth, only a reason to look now."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable
from enum import StrEnum


class Topic(StrEnum):
    """What a part of the engine can be woken for."""

    INBOX = "inbox"  # deliveries were committed; the news is how many together
    CHANGED = "changed"  # a workspace's mirror changed; the news names it
    RUNS = "runs"  # a run was queued or asked to stop
    HINTS = "hints"  # an object wants to be read again
    PICTURE = "picture"  # a new picture was drawn


class Subscription:
    """One listener's pending news, coalesced: any number of equal news is one."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self._news: set[Hashable] = set()

    def put(self, news: Hashable) -> None:
        if news is not None:
            self._news.add(news)
        self._event.set()

    async def wait(self, timeout: float | None) -> set[Hashable]:
        """What arrived, at once if something is there; an empty set after `timeout` seconds of nothing."""
        if not self._event.is_set() and timeout is not None:
            try:
                async with asyncio.timeout(timeout):
                    await self._event.wait()
            except TimeoutError:
                return set()
        elif timeout is None:
            await self._event.wait()
        return self.take()

    def take(self) -> set[Hashable]:
        self._event.clear()
        news, self._news = self._news, set()
        return news


class Bus:
    """One per engine; used on the engine's own event loop only."""

    def __init__(self) -> None:
        self._subscriptions: dict[Topic, list[Subscription]] = {topic: [] for topic in Topic}

    def subscribe(self, topic: Topic) -> Subscription:
        subscription = Subscription()
        self._subscriptions[topic].append(subscription)
        return subscription

    def publish(self, topic: Topic, news: Hashable = None) -> None:
        for subscription in self._subscriptions[topic]:
            subscription.put(news)
