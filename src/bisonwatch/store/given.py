"""The values of many rows, as a statement may use them: parameters of each row, or columns of one query over arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, bindparam, column, func
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import TypeEngine

Types = Mapping[str, TypeEngine[Any]]
Given = dict[str, ColumnElement[Any]]


def by_row(types: Types) -> Given:
    """One set of parameters per row; the driver executes the statement once for each."""
    return {name: bindparam(name, type_=kind) for name, kind in types.items()}


def by_column(types: Types) -> Given:
    """One array per column; the server executes the statement once for all, in the arrays' order. A list in a row is one JSON value."""
    arrays = [bindparam(name, type_=ARRAY(kind, dimensions=1)) for name, kind in types.items()]
    columns = [column(name, kind) for name, kind in types.items()]
    return dict(func.unnest(*arrays).table_valued(*columns).render_derived(name="given").c.items())
