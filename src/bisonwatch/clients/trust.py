"""Which certificates of a daemon we believe, when we ask its API."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path

from bisonwatch.errors import CallError

_BEGIN, _END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"


@dataclass(frozen=True, slots=True)
class Trust:
    """Make one with `public`, `authority` or `pinned`; `context` is what httpx takes as `verify`."""

    context: ssl.SSLContext

    @classmethod
    def public(cls) -> Trust:
        """The system's authorities, or those of $SSL_CERT_FILE and $SSL_CERT_DIR, as OpenSSL itself reads them."""
        return cls(_client())

    @classmethod
    def authority(cls, file: Path) -> Trust:
        """A private authority's certificate, a PEM file, and no other. The name is checked as always. Raises CallError."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        try:
            context.load_verify_locations(cafile=file)
        except ssl.SSLError:
            raise CallError(f"{file} holds no certificate in PEM form") from None
        except OSError as error:
            raise CallError(f"{file} cannot be read: {(error.strerror or 'error').lower()}") from None
        return cls(context)

    @classmethod
    def pinned(cls, file: Path) -> Trust:
        """The daemon of this machine: the first certificate of the file that it shows itself, whatever name stands in it. Raises CallError."""
        try:
            text = file.read_text(encoding="latin-1")  # remarks may stand between certificates
            first = text[text.index(_BEGIN) : text.index(_END) + len(_END)]
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False  # we ask 127.0.0.1, and believe this one certificate only
            context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
            context.load_verify_locations(cadata=first)
        except (OSError, ValueError) as error:
            raise CallError(f"{file} holds no certificate that could be read: {error}") from None
        return cls(context)


def _client() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
