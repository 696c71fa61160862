"""Where a daemon is, and whether a token may be sent there."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from bisonwatch.errors import CallError


@dataclass(frozen=True, slots=True)
class Address:
    """`url` has no slash at its end; what a proxy put before the API's paths stays in it."""

    url: str
    host: str
    port: int | None
    secure: bool

    @property
    def near(self) -> bool:
        """Whether nobody between here and there can read along: this machine."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    @property
    def shown(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"


def address(text: str, *, insecure: bool = False) -> Address:
    """`http://host:8788`, `https://host/prefix`, `host:8788`. Raises CallError.

    Without TLS a token is only sent to this machine, unless `insecure` says that the way there is safe.
    """
    written = text.strip()
    try:
        parts = urlsplit(written if "://" in written else f"http://{written}")
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise CallError(f"'{written}' is no address: {error}") from error
    if parts.scheme not in ("http", "https") or not host or any(c.isspace() for c in written):
        raise CallError(f"'{written}' is no address of a daemon", hint="such as https://mirror.example:8788")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise CallError(
            "the address has a user, a query or a fragment in it",
            hint="the token belongs in BISONWATCH_API_TOKEN or a --token-file",
        )
    where = Address(
        f"{parts.scheme}://{parts.netloc}{parts.path}".rstrip("/"), host, port, parts.scheme == "https"
    )
    if not (where.secure or where.near or insecure):
        raise CallError(
            f"the token would travel to {where.shown} unencrypted",
            hint="use https, or a tunnel (ssh -L 8788:127.0.0.1:8788 …); --insecure sends it all the same",
        )
    return where
