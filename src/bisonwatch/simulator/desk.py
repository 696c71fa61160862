"""What every route is handed: the world, the key's workspace, and the request's words, read the provider's way."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

import orjson
from starlette.requests import Request
from starlette.responses import Response

from bisonwatch.clock import Clock
from bisonwatch.simulator.answers import Json, done, invalid, other_workspace, record_missing
from bisonwatch.simulator.dress import dressed
from bisonwatch.simulator.faults import FaultSwitch
from bisonwatch.simulator.keys import Caller, Keys
from bisonwatch.simulator.listing import Listing
from bisonwatch.simulator.pages import Asked, listed
from bisonwatch.simulator.records import Workspace
from bisonwatch.simulator.shelf import Row, Shelf
from bisonwatch.simulator.switches import Forms
from bisonwatch.simulator.walks import Walks
from bisonwatch.simulator.webhooks import Deliveries
from bisonwatch.simulator.world import World

R = TypeVar("R", bound=Row)


@dataclass(frozen=True, slots=True)
class Desk:
    """What the whole application shares."""

    world: World
    deliveries: Deliveries
    faults: FaultSwitch
    clock: Clock
    keys: Keys
    walks: Walks


@dataclass(frozen=True, slots=True)
class Call:
    """One request. `workspace_id` in its query is ignored, as is every other unknown word."""

    desk: Desk
    request: Request
    caller: Caller

    @property
    def workspace(self) -> Workspace:
        return self.caller.workspace

    @property
    def now(self) -> datetime:
        return self.desk.clock.now()

    @property
    def forms(self) -> Forms:
        return self.desk.faults.forms

    @property
    def words(self) -> dict[str, object]:
        """The query's."""
        return dict(self.request.query_params)

    def word(self, name: str) -> str | None:
        return self.request.query_params.get(name)

    def number(self, name: str) -> int | None:
        text = self.word(name) or ""
        return int(text) if text.isdigit() else None

    def numbers(self, name: str) -> set[int]:
        """`tag_ids[]=1&tag_ids[]=2`, also with indexes."""
        return {
            int(value)
            for key, value in self.request.query_params.multi_items()
            if key.partition("[")[0] == name and value.isdigit()
        }

    def path_word(self, name: str = "key") -> str:
        return str(self.request.path_params[name])

    async def only_body(self) -> dict[str, object]:
        """The JSON body, without the query. Raises Refused with 422."""
        raw = await self.request.body()
        try:
            content = orjson.loads(raw) if raw else {}
        except orjson.JSONDecodeError as error:
            raise invalid(body="The body is not valid JSON.") from error
        return content if isinstance(content, dict) else {}

    async def body(self) -> dict[str, object]:
        """The JSON body and, as the provider says, the query of the same names. Raises Refused with 422."""
        return {**self.words, **await self.only_body()}

    def list(self, listing: Listing[R], *, cursor_only: bool = False) -> Response:
        return Json(dressed(listed(listing, self.asked(), cursor_only=cursor_only), self.forms))

    def asked(self) -> Asked:
        path = self.desk.world.url + self.request.url.path
        refuse = self.forms.beyond_page_cap == "refused"
        query = tuple(self.request.query_params.multi_items())
        return Asked(path, query, self.desk.faults.limits.page_cap, refuse)

    def data(self, content: object, status: int = 200) -> Response:
        return Json({"data": dressed(content, self.forms)}, status)

    def done(self, message: str, row: object = None, **more: object) -> Response:
        """A command was taken: its row or its message, or nothing at all, which is 200 too."""
        if self.forms.commands == "empty":
            return Response(b"", 200)
        return self.data(row) if row is not None else done(message, **more)

    def find(
        self,
        model: str,
        shelf: Callable[[Workspace], Shelf[R]],
        by_name: Callable[[Workspace, str], R | None] = lambda workspace, key: None,
    ) -> R:
        """The record of the path's id or name. Raises Refused: 403 if it is another workspace's, else 404."""
        key = self.path_word()
        for workspace in self._places():
            found = shelf(workspace).get(int(key)) if key.isdigit() else by_name(workspace, key.lower())
            if found is not None:
                if workspace is not self.workspace:
                    raise other_workspace()
                return found
        raise record_missing(model, key)

    def _places(self) -> Iterable[Workspace]:
        yield self.workspace
        yield from (w for w in self.desk.world.workspaces.values() if w is not self.workspace)


Endpoint = Callable[[Call], Awaitable[Response]]


def date_range(words: dict[str, object]) -> tuple[date, date]:
    """`start_date` and `end_date`, both required, inclusive. Raises Refused with 422."""
    missing = {
        name: f"The {name.replace('_', ' ')} field is required."
        for name in ("start_date", "end_date")
        if not words.get(name)
    }
    if missing:
        raise invalid(**missing)
    first, last = _day("start_date", words), _day("end_date", words)
    if last < first:
        raise invalid(end_date="The end date field must be a date after or equal to start date.")
    return first, last


def _day(name: str, words: dict[str, object]) -> date:
    try:
        return date.fromisoformat(str(words[name])[:10])
    except ValueError as error:
        raise invalid(**{name: f"The {name.replace('_', ' ')} field must be a valid date."}) from error
