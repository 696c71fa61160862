"""Postgres: one pool for reading and writing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bisonwatch.store.place import Place


def pool(place: Place) -> AsyncEngine:
    url = make_url(place.url).set(drivername="postgresql+asyncpg", query=_options(make_url(place.url).query))
    connect_args: dict[str, Any] = {
        "timeout": 10,
        "server_settings": {"application_name": "bisonwatch", "timezone": "UTC"},
    }
    if place.pooled:
        connect_args |= {"statement_cache_size": 0, "prepared_statement_cache_size": 0}
        connect_args["prepared_statement_name_func"] = lambda: ""
    return create_async_engine(
        url,
        pool_size=place.pool,
        max_overflow=0,
        pool_timeout=10,
        pool_pre_ping=False,
        connect_args=connect_args,
        execution_options={"schema_translate_map": {None: place.schema}},
    )


def _options(told: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a Postgres URL as the driver takes them: `sslmode`, as everybody writes it, is its `ssl`."""
    options = {"ssl" if name == "sslmode" else name: value for name, value in told.items()}
    for name in sorted(options.keys() - {"ssl", "host", "port"}):
        raise ArgumentError(f"its option '{name}' is not known; sslmode, host and port are")
    return options
