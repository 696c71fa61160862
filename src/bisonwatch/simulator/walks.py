"""Faults in the middle of a walk: which page of which route is meant, and what happens to it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from urllib.parse import parse_qsl, urlencode

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from bisonwatch.clock import Clock
from bisonwatch.simulator.answers import Json, broken, invalid, too_many, wrapped
from bisonwatch.simulator.changes import delete, insert
from bisonwatch.simulator.faults import Break, FaultSwitch, WalkFault
from bisonwatch.simulator.keys import Caller, Keys
from bisonwatch.simulator.recorded import Recorded
from bisonwatch.simulator.wire import Cut, Hung
from bisonwatch.simulator.world import World

RETRY_AFTER = 8
MOST_HOPS = 100_000
"""Cursors that are remembered; a rule may be in force for days."""
Query = list[tuple[str, str]]


@lru_cache(maxsize=256)
def _pattern(route: str) -> re.Pattern[str]:
    """`{key}` stands for one segment of the path, a `*` at the end for whatever follows."""
    start, star, _ = route.partition("*")
    parts = re.split(r"\{[^}]*\}", start)
    return re.compile("[^/]+".join(map(re.escape, parts)) + (".*" if star else ""))


class Walks:
    """Remembers how often each rule was played and how far each cursor walk is; both only while there are rules."""

    def __init__(self, switch: FaultSwitch, world: World, keys: Keys, clock: Clock) -> None:
        self.played: Counter[int] = Counter()
        self._switch = switch
        self._world = world
        self._keys = keys
        self._clock = clock
        self._rules: tuple[WalkFault, ...] = ()
        self._hops: dict[tuple[str, str, str], int] = {}
        self._latest: Counter[tuple[str, str]] = Counter()

    def due(self, scope: Scope) -> WalkFault | None:
        """The first rule that this request meets; it counts as played."""
        rules = self._switch.now.walks
        if rules != self._rules:
            self._rules = rules
            self.played.clear()
        if not rules:
            return None
        caller: Caller = scope["caller"]
        page = self._page(caller.key, scope["path"], dict(_query(scope)))
        for number, rule in enumerate(rules):
            if self._meets(number, rule, scope["path"], page, caller.workspace.id):
                self.played[number] += 1
                return rule
        return None

    def _meets(self, number: int, rule: WalkFault, path: str, page: int, workspace: int) -> bool:
        return (
            rule.page in (0, page)
            and rule.workspace in (0, workspace)
            and (not rule.times or self.played[number] < rule.times)
            and _pattern(rule.route).fullmatch(path) is not None
        )

    def _page(self, key: str, path: str, query: dict[str, str]) -> int:
        """Its number in page mode; in cursor mode its hop, the same for a hop that is tried again."""
        walk = (key, path)
        cursor = query.get("cursor", "")
        if query.get("pagination_type") != "cursor" and not cursor:
            self._latest[walk] = 1
            page = query.get("page", "1")
            return int(page) if page.isdigit() else 1
        if not cursor:
            self._latest[walk] = 1
            return 1
        known = self._hops.get((*walk, cursor))
        if known is None:
            if len(self._hops) >= MOST_HOPS:
                self._hops.clear()
            known = self._hops[(*walk, cursor)] = self._latest[walk] + 1
        self._latest[walk] = known
        return known

    async def play(self, rule: WalkFault, inner: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers the request as the rule has it. Raises Cut or Hung, which the wire makes real."""
        if answer := self._refusal(rule.what):
            await answer(scope, receive, send)
            return
        if act := self._acts.get(rule.what):
            act(self, scope)
        if rule.what is Break.HANG:
            raise Hung
        if rule.what is Break.SLOW:
            await self._clock.sleep(rule.seconds)
        if rule.what in (Break.CUT, Break.END):
            await self._mangled(rule.what, inner, scope, receive, send)
            return
        await inner(scope, receive, send)

    def _refusal(self, what: Break) -> Response | None:
        forms = self._switch.forms
        match what:
            case Break.ERROR_500:
                return broken(500, forms)
            case Break.ERROR_502:
                return broken(502, forms)
            case Break.ERROR_429:
                return too_many(RETRY_AFTER, forms, self._switch.limits.per_minute).answer()
            case Break.ERROR_422:
                return invalid(page="The page field is not valid.").answer()
            case Break.EMPTY:
                return Response(b"", 200)
            case Break.REFUSED:
                return Json(wrapped("Something went wrong."))
            case _:
                return None

    async def _mangled(self, what: Break, inner: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """The real answer, but half of it, or without rows and without a next page."""
        recorded = await Recorded.of(inner, scope, receive)
        if what is Break.END:
            recorded = recorded.ended()
        whole = what is Break.END
        await recorded.play(send, len(recorded.body) if whole else len(recorded.body) // 2, whole=whole)
        if not whole:
            raise Cut

    def _cursor_mode(self, scope: Scope) -> None:
        """As if the walk had asked for cursors: totals vanish, and without a cursor it is the first page."""
        kept = [(name, value) for name, value in _query(scope) if name not in ("pagination_type", "page")]
        scope["query_string"] = urlencode([*kept, ("pagination_type", "cursor")]).encode()

    def _page_mode(self, scope: Scope) -> None:
        """As if the walk had not asked for cursors: the first page again."""
        kept = [(name, value) for name, value in _query(scope) if name not in ("pagination_type", "cursor")]
        scope["query_string"] = urlencode(kept).encode()

    def _insert(self, scope: Scope) -> None:
        insert(self._world, scope["caller"].workspace, scope["path"], self._clock.now())

    def _delete(self, scope: Scope) -> None:
        delete(self._world, scope["caller"].workspace, scope["path"], self._clock.now())

    def _ui_switch(self, scope: Scope) -> None:
        """Somebody clicks on the next workspace; this very request is answered for it if the key is the super-admin's."""
        there = self._keys.move_on()
        if scope["caller"].admin:
            scope["caller"].workspace = there

    _acts: dict[Break, Callable[[Walks, Scope], None]] = {
        Break.CURSOR_MODE: _cursor_mode,
        Break.PAGE_MODE: _page_mode,
        Break.INSERT: _insert,
        Break.DELETE: _delete,
        Break.UI_SWITCH: _ui_switch,
    }


def _query(scope: Scope) -> Query:
    return parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
