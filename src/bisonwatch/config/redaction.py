"""Which secrets a configuration holds, so that logs can mask them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bisonwatch import logs
from bisonwatch.config.secrets import DatabaseUrl, Secret, passwords
from bisonwatch.config.section import Section
from bisonwatch.config.settings import Settings
from bisonwatch.errors import ConfigError


def references(value: object, key: str = "") -> Iterator[tuple[str, Secret | DatabaseUrl]]:
    """Every secret in a section, with its dotted key."""
    if isinstance(value, Secret | DatabaseUrl):
        yield key, value
    elif isinstance(value, Section):
        for name, field in type(value).model_fields.items():
            yield from references(getattr(value, name), f"{key}.{field.alias or name}".lstrip("."))
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from references(item, f"{key}.{name}")
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from references(item, f"{key}.{index}")


def secret_values(settings: Settings, environ: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """The text of every secret that can be resolved now; of a database's address only its passwords."""
    texts: dict[str, None] = {}
    for _, reference in references(settings):
        try:
            text = reference.resolve(environ)
        except ConfigError:
            continue
        texts |= dict.fromkeys(passwords(text) if isinstance(reference, DatabaseUrl) else (text,))
    return tuple(texts)


def learn(settings: Settings, environ: Mapping[str, str] | None = None) -> None:
    """Teach the log's redactor every secret of this configuration."""
    logs.redact.learn(*secret_values(settings, environ))
