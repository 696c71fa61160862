"""The operator's API of a living daemon, asked over HTTP."""

from __future__ import annotations

import httpx

from bisonwatch.domain.status import Json

PATIENCE_S = 2.0


async def status(
    url: str, token: str, transport: httpx.AsyncBaseTransport | None = None
) -> dict[str, Json] | None:
    """What `GET /api/v1/status` answers (docs/status.md); None where no daemon answers, or not to this token."""
    bearer = {"authorization": f"Bearer {token}"}
    try:
        async with httpx.AsyncClient(base_url=url, timeout=PATIENCE_S, transport=transport) as client:
            answer = await client.get("/api/v1/status", headers=bearer)
            told: object = answer.json() if answer.is_success else None
    except (httpx.HTTPError, ValueError):
        return None
    return told if isinstance(told, dict) else None
