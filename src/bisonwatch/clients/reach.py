"""What answers at our own public address, seen from this machine. No token is sent."""

from __future__ import annotations

import httpx

LISTENER = b"webhooks are delivered by POST"
"""What our listener says to whoever only looks."""
TIMEOUT_S = 10.0


async def reach(
    public_url: str, instance: str, *, transport: httpx.AsyncBaseTransport | None = None
) -> str | None:
    """None when a listener of ours answers there; else what happened instead, as the rest of a sentence about the address."""
    address = f"{public_url.rstrip('/')}/webhooks/{instance}/look"
    try:
        async with httpx.AsyncClient(transport=transport, timeout=TIMEOUT_S) as http:
            answer = await http.get(address)
    except (httpx.ConnectError, httpx.ConnectTimeout) as problem:
        why = " (its certificate is not accepted)" if "certificate" in str(problem).lower() else ""
        return f"cannot be connected to{why}"
    except (httpx.HTTPError, httpx.InvalidURL):
        return "does not answer as a web server does"
    if answer.status_code == 405 and LISTENER in answer.content:
        return None
    return f"is answered by something that is not bisonwatch's listener (status {answer.status_code})"
