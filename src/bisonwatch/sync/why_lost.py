"""What to say of a test event that did not arrive. Pure."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Lost:
    """`answers` is what is wrong at our public address, seen from here (None: a listener of ours answers); `rejected`: deliveries that
    listeners turned away meanwhile; `refused`: the provider's own words."""

    public_url: str
    wait_s: float
    answers: str | None
    rejected: int
    refused: str | None


def why(lost: Lost) -> str:
    """One sentence, the likeliest cause first."""
    return f"no test event within {lost.wait_s:g} s: {_cause(lost)}"


def _cause(lost: Lost) -> str:
    host = urlsplit(lost.public_url).hostname or lost.public_url
    if lost.rejected:
        count = "1 delivery" if lost.rejected == 1 else f"{lost.rejected} deliveries"
        return (
            f"the listener turned {count} away meanwhile; does the engine run with the same "
            "webhook_token as this configuration?"
        )
    if _private(host):
        return f"{host} in listener.public_url is an address that the provider cannot reach from outside"
    if lost.answers is not None:
        said = f"; the provider said: {lost.refused}" if lost.refused else ""
        return f"{lost.public_url} (listener.public_url) {lost.answers}, seen from this machine{said}"
    if lost.refused:
        return f"the provider could not send it: {lost.refused}"
    return (
        f"a listener answers at {lost.public_url}, but the event is not in this database: does a firewall keep the "
        "provider out, or does a bisonwatch on another database listen there?"
    )


def _private(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return host == "localhost" or host.endswith((".localhost", ".local", ".internal"))
