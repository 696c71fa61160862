"""Does a request come straight from this machine? Only such a one needs no token for probes and metrics."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address

from starlette.requests import Request

PASSED_ON = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via")
"""A proxy on this machine asks from loopback for the whole world, and most say so with one of these."""


def near(request: Request) -> bool:
    """The caller and the name it calls us by are this machine's, and nobody passed it on.

    By another name it was led here: by a proxy that keeps the name it was asked by, or by a web page whose name was made to point here.
    """
    if request.client is None or any(name in request.headers for name in PASSED_ON):
        return False
    named = request.headers.get("host")
    return _loopback(request.client.host) and (named is None or _loopback(_host(named)))


def _host(named: str) -> str:
    """Without the port."""
    if named.startswith("["):
        return named[1:].partition("]")[0]
    return named.partition(":")[0]


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        found = ip_address(host)
    except ValueError:
        return False
    return ((found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found).is_loopback
