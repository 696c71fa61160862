"""Standard Webhooks signatures, for a relay in front that signs (the provider itself does not)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping

TOLERANCE_S = 5 * 60


def verified(secret: str, headers: Mapping[bytes, bytes], body: bytes, now: float) -> bool:
    """Whether `webhook-id`, `webhook-timestamp` and `webhook-signature` fit the raw body. Several signatures may be offered."""
    message_id, sent, offered = (
        headers.get(b"webhook-" + name) for name in (b"id", b"timestamp", b"signature")
    )
    if (
        not (message_id and sent and offered)
        or not sent.isdigit()
        or len(sent) > 12
        or abs(now - int(sent)) > TOLERANCE_S
    ):
        return False
    expected = hmac.new(_key(secret), b".".join((message_id, sent, body)), hashlib.sha256).digest()
    wanted = b"v1," + base64.b64encode(expected)
    return any(hmac.compare_digest(candidate, wanted) for candidate in offered.split(b" "))


def _key(secret: str) -> bytes:
    """`whsec_` and base64, as the standard says; any other text is taken as it is."""
    plain = secret.removeprefix("whsec_")
    if plain == secret:
        return secret.encode()
    try:
        return base64.b64decode(plain, validate=True)
    except ValueError:
        return plain.encode()
