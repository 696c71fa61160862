"""The CRM's two databases that are kept alike."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, PlainSerializer

from bisonwatch.config.secrets import DatabaseAddress, SecretText
from bisonwatch.config.section import Section
from bisonwatch.config.values import Interval, Url, Word, said


class D1(Section):
    """A Cloudflare D1 database, reached over HTTP."""

    base_url: Url = "https://api.cloudflare.com/client/v4"
    account: Word
    database: Word
    token: SecretText


class Edge(Section):
    """The database at the edge: D1, or an SQLite file written as a bare address."""

    d1: D1 | None = None
    sqlite: DatabaseAddress | None = None


def _edge(value: object) -> object:
    if isinstance(value, str):
        return {"sqlite": value}
    if isinstance(value, dict) and value.get("d1") is None:
        raise ValueError("write {d1: {account: …, database: …, token: …}} or sqlite:///PATH")
    if isinstance(value, dict | Edge):
        return value
    raise ValueError(f"write {{d1: …}} or sqlite:///PATH, not {said(value)}")


def _written(edge: Edge) -> object:
    return str(edge.sqlite) if edge.sqlite else edge.model_dump(mode="json", include={"d1"})


class Table(Section):
    """How one table is called at the primary, and its columns there by our name for them."""

    name: Word | None = None
    columns: Mapping[str, str] = Field(default_factory=dict)


class Crm(Section):
    """The mirror between the CRM's primary database and the one at the edge."""

    primary: DatabaseAddress
    edge: Annotated[Edge, BeforeValidator(_edge), PlainSerializer(_written)]
    tables: Mapping[str, Table] = Field(default_factory=dict)
    to_edge_every: Interval = timedelta(minutes=10)
    to_primary_every: Interval = timedelta(minutes=10)
    deletes: Literal["archive", "delete"] = "archive"
    tolerance: int = Field(default=50, ge=0)
