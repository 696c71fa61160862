"""Tags, custom variables and blacklists."""

from __future__ import annotations

from collections.abc import Callable

from starlette.responses import Response

from bisonwatch.simulator import labels, list_rows, rows
from bisonwatch.simulator.answers import Refused, invalid, wrapped
from bisonwatch.simulator.desk import Call
from bisonwatch.simulator.labels import Taggable
from bisonwatch.simulator.listing import Listing
from bisonwatch.simulator.moments import whole
from bisonwatch.simulator.records import BlacklistEntry, Tag, Variable, Workspace
from bisonwatch.simulator.shelf import Shelf


async def tags(call: Call) -> Response:
    """All in one answer: the limit of 15 does not hold here."""
    return call.data([rows.tag(tag) for tag in call.workspace.tags])


async def tag(call: Call) -> Response:
    return call.data(rows.tag(call.find("tag", lambda w: w.tags)))


async def make_tag(call: Call) -> Response:
    body = await call.body()
    if not body.get("name"):
        raise invalid(name="The name field is required.")
    number = call.desk.world.scribe.next_id("tag")
    new = Tag(number, str(body["name"]), bool(body.get("default")), whole(call.now))
    return call.data(rows.tag(call.workspace.tags.add(new)), 201)


async def remove_tag(call: Call) -> Response:
    found = call.find("tag", lambda w: w.tags)
    call.workspace.tags.remove(found.id)
    return call.done("Tag successfully deleted")


_NOUNS = {"leads": "lead_ids", "campaigns": "campaign_ids", "sender-emails": "sender_email_ids"}


async def attach(call: Call) -> Response:
    """One event per tag and object; attaching what is attached changes and tells nothing."""
    return await _toggle(call, on=True)


async def detach(call: Call) -> Response:
    return await _toggle(call, on=False)


async def _toggle(call: Call, *, on: bool) -> Response:
    noun = call.request.url.path.partition("-to-" if on else "-from-")[2]
    body = await call.body()
    wanted = _ids(body.get("tag_ids"), "tag_ids")
    targets = _ids(body.get(_NOUNS[noun]), _NOUNS[noun])
    scribe, at = call.desk.world.scribe, whole(call.now)
    for tag in [one for one in call.workspace.tags if one.id in wanted]:
        for target in _targets(call.workspace, noun, targets):
            if on != any(known.id == tag.id for known in target.tags):
                silent = bool(body.get("skip_webhooks"))
                labels.toggled(scribe, call.workspace, tag, target, at, silent=silent)
    word = "attached tags to" if on else "removed tags from"
    return call.done(f"Successfully {word} {noun.replace('-', ' ')}")


def _targets(place: Workspace, noun: str, ids: set[int]) -> list[Taggable]:
    shelves: dict[str, Callable[[int], Taggable | None]] = {
        "leads": place.leads.get,
        "campaigns": place.campaigns.get,
        "sender-emails": place.accounts.get,
    }
    return [row for number in sorted(ids) if (row := shelves[noun](number))]


def _ids(content: object, name: str) -> set[int]:
    if not isinstance(content, list) or not content:
        raise invalid(**{name: f"The {name.replace('_', ' ')} field is required."})
    return {int(value) for value in content if str(value).isdigit()}


async def variables(call: Call) -> Response:
    shelf: Shelf[Variable] = Shelf()
    for number, name in enumerate(("city", "opener"), 23):
        shelf.add(Variable(number, name, call.workspace.created_at))
    return call.list(Listing(shelf, list_rows.variable))


def _blacklist(place: Workspace, field: str) -> Shelf[BlacklistEntry]:
    shelf: Shelf[BlacklistEntry] = Shelf()
    for entry in place.blacklist:
        if entry.field == field:
            shelf.add(entry)
    return shelf


def _field(call: Call) -> str:
    return "email" if "blacklisted-emails" in call.request.url.path else "domain"


async def blacklist(call: Call) -> Response:
    return call.list(Listing(_blacklist(call.workspace, _field(call)), list_rows.blacklisted))


def _entry(call: Call) -> BlacklistEntry:
    field = _field(call)

    def by_value(place: Workspace, value: str) -> BlacklistEntry | None:
        return next((one for one in _blacklist(place, field) if one.value == value), None)

    return call.find(f"blacklisted_{field}", lambda w: _blacklist(w, field), by_value)


async def blacklisted(call: Call) -> Response:
    return call.data(list_rows.blacklisted(_entry(call)))


async def add_to_blacklist(call: Call) -> Response:
    """400 for what stands there already."""
    field, body = _field(call), await call.body()
    value = str(body.get(field) or "").lower()
    if not value:
        raise invalid(**{field: f"The {field} field is required."})
    if any(entry.value == value for entry in call.workspace.blacklist):
        raise Refused(400, wrapped("Lead is already blacklisted"))
    labels.blacklisted(call.desk.world.scribe, call.workspace, value, whole(call.now))
    return call.data(list_rows.blacklisted(call.workspace.blacklist[-1]), 201)


async def remove_from_blacklist(call: Call) -> Response:
    labels.unlisted(call.desk.world.scribe, call.workspace, _entry(call), whole(call.now))
    return call.done("Successfully removed from the blacklist")
