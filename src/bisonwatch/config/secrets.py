"""Secrets by reference: `env:NAME`, `file:/path`, or the plain text; resolved when a part starts, masked everywhere else."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from pydantic import BeforeValidator, InstanceOf, PlainSerializer

from bisonwatch.errors import ConfigError

MASK = "•••"
URL_OPTIONS = ("sslmode", "sslrootcert", "host", "port", "pgbouncer")
"""What may stand behind the question mark of a Postgres address."""
_QUERY_PASSWORD = re.compile(r"((?:^|&)[a-z_]*password=)([^&]*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Secret:
    """What the operator wrote where a secret belongs. Its text never appears in a repr, a dump or a message."""

    reference: str = field(repr=False)

    @classmethod
    def parse(cls, value: object) -> Secret:
        """Raises ValueError."""
        if isinstance(value, Secret):
            return value
        if not isinstance(value, str) or not value.strip():
            raise ValueError("write env:NAME, file:/path or the secret itself, as text")
        secret = cls(value.strip())
        if not secret.plain and not secret.target:
            raise ValueError(f"'{secret.reference}' names nothing; write env:NAME or file:/path")
        return secret

    @property
    def plain(self) -> bool:
        """True when the secret itself stands in the configuration."""
        return not self.reference.startswith(("env:", "file:"))

    @property
    def target(self) -> str:
        """The variable's name or the file's path; empty for a plain secret."""
        return "" if self.plain else self.reference.partition(":")[2].strip()

    def resolve(self, environ: Mapping[str, str] | None = None) -> str:
        """The secret's text, from the process's environment unless another is given. Raises ConfigError."""
        if self.plain:
            return self.reference
        if self.reference.startswith("file:"):
            return self._read()
        value = (os.environ if environ is None else environ).get(self.target, "").strip()
        if not value:
            raise ConfigError(f"the environment variable {self.target} is not set")
        return value

    def _read(self) -> str:
        path = Path(self.target).expanduser()
        try:
            value = path.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ConfigError(
                f"the secret file {path} cannot be read: {(error.strerror or 'error').lower()}"
            ) from None
        except UnicodeDecodeError:
            raise ConfigError(f"the secret file {path} is not text in UTF-8") from None
        if not value:
            raise ConfigError(f"the secret file {path} is empty")
        return value

    def __str__(self) -> str:
        return MASK if self.plain else self.reference

    def __repr__(self) -> str:
        return f"Secret({self})"


@dataclass(frozen=True, slots=True)
class DatabaseUrl:
    """A database's address, `sqlite:///…` or `postgresql://…`, or a reference to one. Its password is masked."""

    secret: Secret

    @classmethod
    def parse(cls, value: object) -> DatabaseUrl:
        """Raises ValueError; a reference is only looked at when it is resolved."""
        if isinstance(value, DatabaseUrl):
            return value
        url = cls(Secret.parse(value))
        if url.secret.plain:
            _sound_database_url(url.secret.reference)
        return url

    def resolve(self, environ: Mapping[str, str] | None = None) -> str:
        """The address with `~` expanded and the path absolute. Raises ConfigError."""
        try:
            text = _sound_database_url(self.secret.resolve(environ))
        except ValueError as error:
            raise ConfigError(f"{self.secret}: {error}") from None
        path = _sqlite_path(text)
        return text if path is None else f"sqlite:///{path}"

    def path(self, environ: Mapping[str, str] | None = None) -> Path | None:
        """The file of an SQLite database; None for Postgres. Raises ConfigError."""
        return _sqlite_path(self.resolve(environ))

    @property
    def plain(self) -> bool:
        """True when a password stands in the configuration itself."""
        return self.secret.plain and bool(passwords(self.secret.reference))

    def __str__(self) -> str:
        return masked_url(self.secret.reference) if self.secret.plain else str(self.secret)

    def __repr__(self) -> str:
        return f"DatabaseUrl({self})"


def masked_url(text: str) -> str:
    """An address fit for logs: without the passwords in it."""
    try:
        parts = urlsplit(text)
        password = parts.password
    except ValueError:
        return MASK
    netloc = parts.netloc
    if password:
        user, _, host = netloc.rpartition("@")
        netloc = f"{user.partition(':')[0]}:{MASK}@{host}"
    query = _QUERY_PASSWORD.sub(rf"\1{MASK}", parts.query)
    return f"{parts.scheme}://{netloc}{parts.path}" + (f"?{query}" if query else "")


def passwords(url: str) -> tuple[str, ...]:
    """What a log must never show of an address: its passwords, as written, decoded and encoded."""
    try:
        parts = urlsplit(url)
        written = [parts.password or "", *(found[2] for found in _QUERY_PASSWORD.finditer(parts.query))]
    except ValueError:
        return ()
    forms = (
        form for word in written if word for form in (word, unquote(word), quote(unquote(word), safe=""))
    )
    return tuple(dict.fromkeys(forms))


def _sound_database_url(text: str) -> str:
    """Raises ValueError, never repeating the address: it may hold a password."""
    text = text.replace("postgres://", "postgresql://", 1) if text.startswith("postgres://") else text
    if text.startswith("sqlite:///") and text[10:].strip("/") and ":memory:" not in text:
        if "?" in text:
            raise ValueError("the address of an SQLite file takes no options: write it without '?'")
        return text
    sound = False
    try:
        if text.startswith("postgresql://") and urlsplit(text).path.strip("/"):
            urlsplit(text).port  # noqa: B018  (the property raises when the port is no number)
            if "@" not in (urlsplit(text).password or "") + urlsplit(text).path:
                sound = True  # else a part of the password would be taken, and shown, as the host's name
    except ValueError:
        pass
    if sound:
        _known_options(urlsplit(text).query)
        return text
    raise ValueError(
        "write sqlite:///PATH (four slashes for an absolute path) or postgresql://USER:PASSWORD@HOST:PORT/DATABASE"
        ", in a password %40 for @, %2F for /, %23 for #, %3F for ?"
    )


def _known_options(query: str) -> None:
    """Raises ValueError. A name with an @ in it may be a part of a password, and is not repeated."""
    for name, _ in parse_qsl(query, keep_blank_values=True):
        if name not in URL_OPTIONS:
            told = "with an @ in it" if "@" in query else f"'{name}'"
            known = "sslmode, sslrootcert, host and port"
            raise ValueError(f"its option {told} is not known; {known} are (write %3F for a ? in a password)")


def _sqlite_path(url: str) -> Path | None:
    if not url.startswith("sqlite:///"):
        return None
    return Path(url.removeprefix("sqlite:///")).expanduser().absolute()


SecretText = Annotated[InstanceOf[Secret], BeforeValidator(Secret.parse), PlainSerializer(str)]
DatabaseAddress = Annotated[InstanceOf[DatabaseUrl], BeforeValidator(DatabaseUrl.parse), PlainSerializer(str)]
