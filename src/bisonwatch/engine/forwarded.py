"""Who asks, when a proxy asks for him: `X-Forwarded-For` and `-Proto`, believed of configured addresses only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

HOPS = 16
"""No further back is looked: each hop costs a look, and the header may hold thousands."""


def address(text: str) -> IPv4Address | IPv6Address | None:
    """`192.0.2.1`, `192.0.2.1:443`, `2001:db8::1`, `[2001:db8::1]:443`; an IPv4 address in IPv6's clothes as itself. None: none of these."""
    bare = text.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        found = ip_address(bare)
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found


def truster(networks: Sequence[str]) -> Callable[[str], bool]:
    """Whether an address is one of our proxies'."""
    known = [ip_network(network, strict=False) for network in networks]

    @lru_cache(maxsize=1024)
    def trusted(text: str) -> bool:
        found = address(text)
        return found is not None and any(found in network for network in known)

    return lambda text: len(text) < 64 and trusted(text)


def client_of(values: Iterable[bytes], trusted: Callable[[str], bool]) -> str | None:
    """The last address of the chain that is none of our proxies': what stands before it is hearsay. None: no address stands there."""
    chain = b",".join(values).decode("latin-1").rsplit(",", HOPS)[-HOPS:]
    for hop in reversed(chain):
        if not trusted(hop.strip()):
            found = address(hop)
            return None if found is None else str(found)
    return None


class Forwarded:
    """Around an ASGI application: of a request from one of our proxies, `client` is whom it asks for, and None where it does not say.

    From anybody else the headers are left as they are, and mean nothing.
    """

    def __init__(self, app: Any, proxies: Sequence[str]) -> None:
        self._app = app
        self._trusted = truster(proxies)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        peer = scope.get("client")
        if peer is not None and self._trusted(peer[0]):
            scope = {**scope, **self._told(scope["headers"])}
        await self._app(scope, receive, send)

    def _told(self, headers: Sequence[tuple[bytes, bytes]]) -> dict[str, object]:
        host = client_of((value for name, value in headers if name == b"x-forwarded-for"), self._trusted)
        told: dict[str, object] = {"client": None if host is None else (host, 0)}
        schemes = [value.strip() for name, value in headers if name == b"x-forwarded-proto"]
        if len(schemes) == 1 and schemes[0] in (b"http", b"https"):
            told["scheme"] = schemes[0].decode()
        return told
