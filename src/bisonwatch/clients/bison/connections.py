"""The connection pool to one instance."""

from __future__ import annotations

import httpx

from bisonwatch import __version__
from bisonwatch.clients.bison.pace import CONNECTIONS, IN_FLIGHT


def connect(base_url: str, *, transport: httpx.AsyncBaseTransport | None = None) -> httpx.AsyncClient:
    """A pool for all keys of one instance; it holds no key. Tests hand in a transport."""
    return httpx.AsyncClient(
        base_url=base_url.rstrip("/"),
        headers={"Accept": "application/json", "User-Agent": f"bisonwatch/{__version__}"},
        limits=httpx.Limits(
            max_connections=CONNECTIONS, max_keepalive_connections=IN_FLIGHT, keepalive_expiry=30
        ),
        timeout=httpx.Timeout(45, connect=10, pool=60),
        follow_redirects=False,
        transport=transport,
    )
