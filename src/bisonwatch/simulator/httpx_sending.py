"""Posting webhooks through an httpx client: for tests, whose client leads into an ASGI app instead of a network."""

from __future__ import annotations

from dataclasses import dataclass

import httpx


@dataclass(frozen=True, slots=True)
class HttpxSender:
    """Whoever made the client closes it."""

    client: httpx.AsyncClient

    async def post(self, url: str, body: bytes, timeout: float) -> int | None:
        headers = {"content-type": "application/json"}
        try:
            answer = await self.client.post(url, content=body, headers=headers, timeout=timeout)
        except httpx.HTTPError:
            return None
        return answer.status_code

    async def aclose(self) -> None:
        """Nothing of ours to close."""
