"""The simulator behind and before httpx, without a network: for tests, which keep everything in one process."""

from __future__ import annotations

from dataclasses import dataclass

import httpx

from bisonwatch.simulator.wire import Cut, Hung


@dataclass(frozen=True, slots=True)
class HttpxSender:
    """Webhooks through a client, which leads into an ASGI app. Whoever made the client closes it."""

    client: httpx.AsyncClient

    async def post(
        self, url: str, body: bytes, timeout: float, headers: tuple[tuple[str, str], ...] = ()
    ) -> int | None:
        everything = {"content-type": "application/json", **dict(headers)}
        try:
            answer = await self.client.post(url, content=body, headers=everything, timeout=timeout)
        except httpx.HTTPError:
            return None
        return answer.status_code

    async def aclose(self) -> None:
        """Nothing of ours to close."""


class Straight(httpx.ASGITransport):
    """Into the simulator's API; what would happen to a socket becomes the error that httpx has for it."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            return await super().handle_async_request(request)
        except Cut as cut:
            message = "peer closed connection without sending complete message body"
            raise httpx.RemoteProtocolError(message, request=request) from cut
        except Hung as hung:
            raise httpx.ReadTimeout("the provider said nothing in time", request=request) from hung
