"""A door's certificate and key: whether they can be used, until when, and what an operator has to change where they cannot."""

from __future__ import annotations

import base64
import binascii
import re
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bisonwatch.config.doors import Tls

SOON = timedelta(days=14)
"""Renewals that work come a month before the end."""
_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----(.+?)-----END CERTIFICATE-----", re.DOTALL)
_SEQUENCE, _UTC_TIME = 0x30, 0x17


class Unusable(Exception):
    """`part` is the setting at fault, `cert` or `key`; the message is the rest of a sentence about it."""

    def __init__(self, part: str, message: str) -> None:
        super().__init__(message)
        self.part = part


@dataclass(frozen=True, slots=True)
class Lifetime:
    """When a certificate begins and ends to be valid."""

    first: datetime
    last: datetime

    def doubt(self, now: datetime) -> str | None:
        """The rest of a sentence about it; None where it is valid, and for some time yet."""
        day = f"{self.last:%Y-%m-%d}"
        if now > self.last:
            return f"expired on {day}: who checks it refuses to connect"
        if now < self.first:
            return f"is not valid before {self.first:%Y-%m-%d}: who checks it refuses to connect"
        return f"expires on {day}, and should have been renewed by now" if self.last - now < SOON else None


def opened(tls: Tls) -> tuple[ssl.SSLContext, Lifetime]:
    """A server's side of TLS 1.2 or newer with this certificate. Raises Unusable."""
    cert, key = tls.files
    lifetime = _lifetime(cert, _read("cert", cert))
    _checked_key(key, _read("key", key))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(
            cert, key, password=lambda: ""
        )  # without it OpenSSL would ask on the terminal
    except ssl.SSLError as error:
        raise _refused(cert, key, error) from None
    return context, lifetime


def _refused(cert: Path, key: Path, error: ssl.SSLError) -> Unusable:
    if error.reason == "KEY_VALUES_MISMATCH":
        return Unusable("key", f"{key} is not the key of the certificate in {cert}")
    return Unusable("cert", f"{cert} and {key} cannot be used: {error.reason or error}")


def _read(part: str, file: Path) -> bytes:
    try:
        return file.read_bytes()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        raise Unusable(part, f"{file} is no file") from None
    except OSError as error:
        why = (error.strerror or "error").lower()
        raise Unusable(part, f"{file} cannot be read: {why}") from None


def _checked_key(file: Path, text: bytes) -> None:
    if b"PRIVATE KEY-----" not in text:
        raise Unusable("key", f"{file} holds no private key in PEM form")
    if b"ENCRYPTED" in text:
        how = "`openssl pkey -in FILE -out NEW` writes one that is not"
        raise Unusable("key", f"{file} is encrypted, and nobody is there to type its password; {how}")


def first_certificate(text: bytes) -> bytes | None:
    """The DER form of the first certificate of a PEM file, which is the door's own; None without one."""
    found = _PEM.search(text)
    try:
        return base64.b64decode(found[1], validate=False) if found else None
    except binascii.Error:
        return None


def _lifetime(file: Path, text: bytes) -> Lifetime:
    der = first_certificate(text)
    try:
        return _valid(der or b"")
    except (ValueError, IndexError):
        raise Unusable("cert", f"{file} holds no certificate in PEM form") from None


def _valid(der: bytes) -> Lifetime:
    """`Validity` of a certificate (RFC 5280, 4.1): the standard library reads it of a peer's only. Raises ValueError, IndexError."""
    (_, certificate), *_ = _items(der)
    (_, signed), *_ = _items(certificate)
    validity = [body for tag, body in _items(signed) if tag == _SEQUENCE][2]
    (first, last) = _items(validity)
    return Lifetime(_moment(*first), _moment(*last))


def _items(der: bytes) -> Iterator[tuple[int, bytes]]:
    """Tag and content of each value in a row."""
    while der:
        tag, size, start = der[0], der[1], 2
        if size & 0x80:
            start += size & 0x7F
            size = int.from_bytes(der[2:start], "big")
        if start + size > len(der):
            raise ValueError("cut off")
        yield tag, der[start : start + size]
        der = der[start + size :]


def _moment(tag: int, body: bytes) -> datetime:
    """UTCTime has two digits of a year, which mean 1950 to 2049."""
    text = body.decode("ascii")
    if tag == _UTC_TIME:
        text = ("20" if text < "50" else "19") + text
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
