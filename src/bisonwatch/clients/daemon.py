"""The operator's API of a living daemon, asked over HTTP."""

from __future__ import annotations

import httpx

from bisonwatch.clients.trust import Trust
from bisonwatch.domain.status import Json

PATIENCE_S = 2.0


async def status(
    url: str,
    token: str,
    trust: Trust | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
) -> dict[str, Json] | None:
    """What `GET /api/v1/status` answers (docs/status.md); None where no daemon answers, or not to this token, or shows a certificate
    that we do not trust (`trust`; by itself the public ones)."""
    verify = (trust or Trust.public()).context if url.startswith("https:") else False
    bearer = {"authorization": f"Bearer {token}"}
    try:
        async with httpx.AsyncClient(
            base_url=url, timeout=PATIENCE_S, transport=transport, verify=verify
        ) as client:
            answer = await client.get("/api/v1/status", headers=bearer)
            told: object = answer.json() if answer.is_success else None
    except (httpx.HTTPError, ValueError):
        return None
    return told if isinstance(told, dict) else None
