"""One pager for every list: 15 rows, newest first, by page (the default) or by cursor."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from itertools import islice
from urllib.parse import urlencode

import orjson

from bisonwatch.simulator.answers import invalid, page_cap
from bisonwatch.simulator.listing import Body, Listing, R
from bisonwatch.simulator.switches import PAGE_CAP

PER_PAGE = 15


@dataclass(frozen=True, slots=True)
class Asked:
    """The paging part of a request: `path` is the full URL without query, `query` all its parameters."""

    path: str
    query: tuple[tuple[str, str], ...]
    page_cap: int = PAGE_CAP
    refuse: bool = True

    def get(self, name: str) -> str | None:
        return next((value for key, value in self.query if key == name), None)


def listed(listing: Listing[R], asked: Asked, *, cursor_only: bool = False) -> Body:
    """`{data, links, meta}`. A cursor without `pagination_type=cursor` is ignored: page 1 comes again."""
    if cursor_only or asked.get("pagination_type") == "cursor":
        return by_cursor(listing, asked)
    return by_page(listing, asked)


def by_page(listing: Listing[R], asked: Asked) -> Body:
    """Beyond the page cap: raises Refused with 422, or (`refuse` off) the walk just ends."""
    wanted = asked.get("page") or "1"
    page = max(1, int(wanted)) if wanted.isdigit() else 1
    if page > asked.page_cap and asked.refuse:
        raise page_cap()
    shown, total = listing.part((page - 1) * PER_PAGE, PER_PAGE)
    if not asked.refuse:
        shown, total = shown if page <= asked.page_cap else [], min(total, asked.page_cap * PER_PAGE)
    last = max(1, -(-total // PER_PAGE))
    first_row = (page - 1) * PER_PAGE + 1
    urls = _Urls(asked)
    before = urls.at(page - 1) if page > 1 else None
    after = urls.at(page + 1) if page < last else None
    return {
        "data": [listing.write(row) for row in shown],
        "links": {"first": urls.at(1), "last": urls.at(last), "prev": before, "next": after},
        "meta": {
            "current_page": page,
            "from": first_row if shown else None,
            "last_page": last,
            "links": _numbers(urls, page, last, before, after),
            "path": asked.path,
            "per_page": PER_PAGE,
            "to": first_row + len(shown) - 1 if shown else None,
            "total": total,
        },
    }


@dataclass(frozen=True, slots=True)
class _Urls:
    asked: Asked

    def at(self, page: int) -> str:
        kept = [(key, value) for key, value in self.asked.query if key != "page"]
        return f"{self.asked.path}?{urlencode([*kept, ('page', str(page))])}"


def _numbers(urls: _Urls, page: int, last: int, before: str | None, after: str | None) -> list[Body]:
    """The numbered links under a list; their labels carry HTML entities."""
    near = [n for n in range(1, last + 1) if n <= 2 or n > last - 2 or abs(n - page) <= 3]
    links: list[Body] = [{"url": before, "label": "&laquo; Previous", "active": False}]
    for index, number in enumerate(near):
        if index and number > near[index - 1] + 1:
            links.append({"url": None, "label": "...", "active": False})
        links.append({"url": urls.at(number), "label": str(number), "active": number == page})
    return [*links, {"url": after, "label": "Next &raquo;", "active": False}]


def by_cursor(listing: Listing[R], asked: Asked) -> Body:
    """No totals; `links.next` has lost every parameter but the cursor, as the provider's has."""
    cursor = asked.get("cursor")
    position, forward = read_cursor(cursor) if cursor else (None, True)
    if forward or position is None:
        rows = list(islice(listing.older(position), PER_PAGE + 1))
        more_below, more_above = len(rows) > PER_PAGE, position is not None
        rows = rows[:PER_PAGE]
    else:
        found = list(islice(listing.newer(position), PER_PAGE + 1))
        more_below, more_above = True, len(found) > PER_PAGE
        rows = found[:PER_PAGE][::-1]
    after = write_cursor(rows[-1].id, True) if rows and more_below else None
    before = write_cursor(rows[0].id, False) if rows and more_above else None
    return {
        "data": [listing.write(row) for row in rows],
        "links": {"first": None, "last": None, "prev": _lossy(asked, before), "next": _lossy(asked, after)},
        "meta": {"path": asked.path, "per_page": PER_PAGE, "next_cursor": after, "prev_cursor": before},
    }


def _lossy(asked: Asked, cursor: str | None) -> str | None:
    return f"{asked.path}?cursor={cursor}" if cursor else None


def write_cursor(row_id: int, forward: bool) -> str:
    token = orjson.dumps({"id": row_id, "_pointsToNextItems": forward})
    return base64.b64encode(token).decode()


def read_cursor(token: str) -> tuple[int, bool]:
    """Raises Refused with 422 for anything that is no cursor."""
    try:
        content = orjson.loads(base64.b64decode(token + "=" * (-len(token) % 4)))
        return int(content["id"]), bool(content["_pointsToNextItems"])
    except (binascii.Error, orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise invalid(cursor="The cursor is not valid.") from error
