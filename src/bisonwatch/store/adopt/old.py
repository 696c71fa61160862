"""Reading the older system's tables: whichever of their columns are there, in a transaction that cannot write."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    TableClause,
    Text,
    cast,
    column,
    func,
    inspect,
    select,
    table,
    text,
)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bisonwatch.domain.adoption import OldLead, OldWorkspace
from bisonwatch.domain.clean import clean_or_none
from bisonwatch.errors import CallError, StoreUnavailable
from bisonwatch.store import postgres
from bisonwatch.store.adopt import rows
from bisonwatch.store.place import Place
from bisonwatch.store.seam import translated

PART = 500
"""Rows that are in memory at a time."""

_READ_ONLY = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
REGISTRY, LEADS = "client_registry", "client_leads"


class Old:
    """One look at the older database, from first to last the same."""

    def __init__(
        self, connection: AsyncConnection, place: Place, columns: Mapping[str, frozenset[str]]
    ) -> None:
        self._connection = connection
        self._place = place
        self._columns = columns

    async def workspaces(self) -> list[OldWorkspace]:
        """Those of its registry, and those that only its leads name; by name."""
        found: dict[str, OldWorkspace] = {}
        with translated(self._place):
            if REGISTRY in self._columns:
                for row in (
                    await self._connection.execute(self._select(REGISTRY, rows.WORKSPACE).order_by("name"))
                ).mappings():
                    told = rows.workspace(row)
                    if told:
                        found.setdefault(told.name, told)
            if LEADS in self._columns:
                names: Select[Any] = (
                    select(column("workspace_name")).select_from(self._table(LEADS)).distinct()
                )
                for (raw,) in await self._connection.execute(names):
                    name = clean_or_none(raw)
                    if name:
                        found.setdefault(name, OldWorkspace(name))
        return [found[name] for name in sorted(found)]

    async def lead_names(self) -> AsyncIterator[list[rows.LeadName | None]]:
        """As `leads`, but only who they are."""
        async for part in self._parts({name: rows.LEAD[name] for name in ("workspace_name", "lead_email")}):
            yield [rows.lead_name(row) for row in part]

    async def leads(self) -> AsyncIterator[list[OldLead | None]]:
        """All leads, a part at a time; None for a row that has no address or no workspace."""
        async for part in self._parts(rows.ALL_OF_A_LEAD):
            yield [rows.lead(row) for row in part]

    async def _parts(self, wanted: Mapping[str, Sequence[str]]) -> AsyncIterator[list[dict[str, Any]]]:
        """By address, whatever its case, so that the rows of one lead come together."""
        if LEADS not in self._columns:
            return
        email: ColumnElement[Any] = column(
            next(word for word in rows.LEAD["lead_email"] if word in self._columns[LEADS])
        )
        workspace: ColumnElement[Any] = column("workspace_name")
        order = (func.lower(cast(email, Text)), email, workspace)
        with translated(self._place):
            found = await self._connection.stream(self._select(LEADS, wanted).order_by(*order))
            async for part in found.mappings().partitions(PART):
                yield [dict(row) for row in part]

    def _select(self, name: str, wanted: Mapping[str, Sequence[str]]) -> Select[Any]:
        here = self._columns[name]
        found = {ours: next((word for word in words if word in here), None) for ours, words in wanted.items()}
        columns: list[ColumnElement[Any]] = [column(word).label(ours) for ours, word in found.items() if word]
        return select(*columns).select_from(self._table(name))

    def _table(self, name: str) -> TableClause:
        """Named with its schema: a search path may lead elsewhere, even into our own mirror."""
        return table(name, schema=None if self._place.file is not None else self._place.schema)


@asynccontextmanager
async def reading(place: Place) -> AsyncIterator[Old]:
    """The older database; nothing in it can be changed. Raises StoreError, CallError when there is nothing to take over."""
    if place.file is not None and not place.file.exists():
        raise StoreUnavailable(f"there is no database at {place.file}")
    engine = _only_reading(place.file) if place.file is not None else postgres.pool(place)
    try:
        with translated(place):
            connection = await engine.connect()
        try:
            with translated(place):
                await connection.execute(text("BEGIN" if place.file is not None else _READ_ONLY))
                columns = await connection.run_sync(
                    _columns, None if place.file is not None else place.schema
                )
            _accepted(columns, place)
            yield Old(connection, place, columns)
        finally:
            await connection.close()
    finally:
        await engine.dispose()


def _only_reading(file: Path) -> AsyncEngine:
    return create_async_engine(f"sqlite+aiosqlite:///file:{quote(str(file.resolve()))}?mode=ro&uri=true")


def _columns(connection: Connection, schema: str | None) -> dict[str, frozenset[str]]:
    looking = inspect(connection)
    return {
        name: frozenset(found["name"] for found in looking.get_columns(name, schema=schema))
        for name in (REGISTRY, LEADS)
        if looking.has_table(name, schema=schema)
    }


def _accepted(columns: Mapping[str, frozenset[str]], place: Place) -> None:
    where = place.shown if place.file is not None else f"{place.shown}, schema {place.schema}"
    if not columns:
        raise CallError(f"{where} has neither {REGISTRY} nor {LEADS}", hint="--schema names another schema")
    if "stage_author" in columns.get(LEADS, ()):
        raise CallError(f"{where} is a mirror of bisonwatch itself", hint="`bisonwatch db copy` moves one")
    for name, wanted in (
        (REGISTRY, rows.WORKSPACE["name"]),
        (LEADS, ("workspace_name",)),
        (LEADS, rows.LEAD["lead_email"]),
    ):
        if name in columns and not columns[name].intersection(wanted):
            raise CallError(f"{where}: {name} has no column {wanted[0]}")
