"""Where bisonwatch listens: the public listener for webhooks, and the operator's API."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path
from typing import Literal

from bisonwatch.config.secrets import SecretText
from bisonwatch.config.section import Section
from bisonwatch.config.values import Network, Port, Size, Url, Word


class Tls(Section):
    """A certificate and its key, as PEM files."""

    cert: Word
    key: Word

    @property
    def files(self) -> tuple[Path, Path]:
        return Path(self.cert).expanduser(), Path(self.key).expanduser()


class Listener(Section):
    """The door that webhooks come through."""

    host: Word = "127.0.0.1"
    port: Port = 8787
    public_url: Url | None = None
    max_body: Size = 10 << 20
    max_pending: Size = 1 << 30
    tls: Tls | None = None
    trusted_proxies: tuple[Network, ...] = ()


class Token(Section):
    """Who may use the API, and how far."""

    name: Word
    role: Literal["viewer", "operator"]
    token: SecretText


class Api(Section):
    """The operator's API."""

    host: Word = "127.0.0.1"
    port: Port = 8788
    tokens: tuple[Token, ...] = ()
    tls: Tls | None = None
    cors: tuple[Url, ...] = ()
    trusted_proxies: tuple[Network, ...] = ()


def loopback(host: str) -> bool:
    """True when only this machine can reach that address."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
