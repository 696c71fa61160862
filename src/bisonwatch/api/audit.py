"""The audit log: written before a write is done and after it, and read by operators."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from bisonwatch import logs
from bisonwatch.api.answers import told
from bisonwatch.api.paging import PAGE, AfterRow, Limit, Since, row_mark, row_place
from bisonwatch.clock import Clock
from bisonwatch.domain.audit import Deed, audit_json
from bisonwatch.domain.clean import clean
from bisonwatch.domain.ids import WorkspaceKey, uuid7
from bisonwatch.domain.payload import plain
from bisonwatch.domain.status import Json
from bisonwatch.errors import StoreError
from bisonwatch.store import audit
from bisonwatch.store.database import Database

log = logging.getLogger(__name__)

KEPT = 16 << 10
"""Bytes of a body that are kept of what was given; of a larger one only its size."""
DEEPEST, TEXT, MANY = 8, 300, 200
_EXACT = 2**53


class Audit:
    """A write that cannot be written down is not done: the database is away then. Its end is not worth an error."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def begin(self, request: Request, operation: str, body: bytes) -> UUID:
        """Raises StoreUnavailable."""
        now, caller = self._clock.now(), request.state.caller
        deed = Deed(
            id=uuid7(now),
            at=now,
            who=caller.name,
            role=caller.role,
            address=clean(request.client.host) if request.client else None,
            operation=operation,
            workspace=_workspace(request.path_params),
            given=_given(request, body),
        )
        async with self._database.write() as tx:
            await audit.begin(tx, deed)
        return deed.id

    async def end(self, deed: UUID, status: int, why: str | None) -> None:
        error = None if why is None else logs.redact(clean(why, 1000))
        try:
            async with self._database.write() as tx:
                await audit.end(tx, deed, status, error, self._clock.now())
        except StoreError as trouble:
            log.warning("the end of %s is not in the audit log: %s", deed, trouble)

    async def audit(
        self, request: Request, limit: Limit = PAGE, after: AfterRow = None, since: Since = None
    ) -> Response:
        """Every write that was asked for, the last first; also those that were refused because of the token's role."""
        async with self._database.read() as tx:
            found = await audit.page(tx, limit + 1, row_place(after), since)
        last = found[limit - 1] if len(found) > limit else None
        items: list[Json] = [audit_json(deed) for deed in found[:limit]]
        return await told(request, {"items": items, "next": row_mark(last.at, last.id) if last else None})


def _workspace(path: Mapping[str, object]) -> WorkspaceKey | None:
    instance, number = path.get("instance"), path.get("id")
    if isinstance(instance, str) and isinstance(number, int) and number < _EXACT:
        return WorkspaceKey(clean(instance), number)
    return None


def _given(request: Request, body: bytes) -> Json:
    """What was asked for: the path's words, the query, the body; what a stranger wrote is cut to a size and made safe."""
    path = {name: value for name, value in request.path_params.items() if name != "instance"}
    query = {name: request.query_params.getlist(name) for name in request.query_params}
    given: dict[str, object] = {
        **path,
        **{name: one[0] if len(one) == 1 else one for name, one in query.items()},
    }
    if len(body) > KEPT:
        given["body"] = f"{len(body):,} bytes"
    elif body:
        given["body"] = plain(body, logs.redact)
    return _safe(given)


def _safe(value: object, depth: int = 0) -> Json:
    """What every database can hold as JSON."""
    if depth > DEEPEST:
        return "…"
    if isinstance(value, Mapping):
        return {clean(str(key), TEXT): _safe(one, depth + 1) for key, one in list(value.items())[:MANY]}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_safe(one, depth + 1) for one in value[:MANY]]
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int) and abs(value) < _EXACT:
        return value
    return logs.redact(clean(value if isinstance(value, str) else json.dumps(value, default=str), TEXT))
