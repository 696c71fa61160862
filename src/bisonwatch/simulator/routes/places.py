"""Who am I, workspaces, and the statistics of a whole workspace."""

from __future__ import annotations

import hashlib

from starlette.responses import Response

from bisonwatch.simulator import rows, statistics
from bisonwatch.simulator.answers import invalid, other_workspace
from bisonwatch.simulator.desk import Call, date_range
from bisonwatch.simulator.listing import Listing
from bisonwatch.simulator.moments import stamp, whole
from bisonwatch.simulator.records import Campaign, Workspace
from bisonwatch.simulator.shelf import Shelf
from bisonwatch.simulator.statistics import Asking, Days


async def me(call: Call) -> Response:
    return call.data(rows.user(call.workspace))


def _visible(call: Call) -> Shelf[Workspace]:
    shelf: Shelf[Workspace] = Shelf()
    for workspace in call.desk.world.workspaces.values() if call.caller.admin else (call.workspace,):
        shelf.add(workspace)
    return shelf


async def workspaces(call: Call) -> Response:
    return call.list(Listing(_visible(call), rows.workspace_full))


async def workspaces_slim(call: Call) -> Response:
    return call.list(Listing(_visible(call), rows.workspace_slim))


async def workspace(call: Call) -> Response:
    everyone: Shelf[Workspace] = Shelf()
    for one in call.desk.world.workspaces.values():
        everyone.add(one)
    found = call.find("team", lambda _: everyone)
    if not call.caller.admin and found is not call.workspace:
        raise other_workspace()
    return call.data(rows.workspace_full(found) | {"sender_email_limit_disabled": False})


async def inbox_settings(call: Call) -> Response:
    """The master inbox of a workspace; the same everywhere."""
    names = ("sync_all_emails", "smart_warmup_filter", "auto_interested_categorization")
    return call.data({name: name != "auto_interested_categorization" for name in names})


# statistics


def days(call: Call, campaigns: list[Campaign], words: dict[str, object]) -> Days:
    """Raises Refused with 422 where a date is missing."""
    first, last = date_range(words)
    asking = Asking(call.now, call.desk.faults.delays.revision)
    return statistics.days_of(campaigns, first, last, asking)


async def stats(call: Call) -> Response:
    return call.data(statistics.summary(days(call, list(call.workspace.campaigns), call.words)))


async def series(call: Call) -> Response:
    return call.data(statistics.series(days(call, list(call.workspace.campaigns), call.words)))


async def event_series(call: Call) -> Response:
    """`campaign-events/stats`: one combined series of all that is named; 422 for a mailbox that was removed."""
    campaigns, mailboxes = call.numbers("campaign_ids"), call.numbers("sender_email_ids")
    known = {account.id: place for place, account in enumerate(call.workspace.accounts)}
    if gone := mailboxes - set(known):
        raise invalid(sender_email_ids=f"The selected sender email {min(gone)} is invalid.")
    chosen = [one for one in call.workspace.campaigns if not campaigns or one.id in campaigns]
    told = days(call, chosen, call.words)
    if mailboxes:
        told = statistics.share_of(told, {known[number] for number in mailboxes}, len(known))
    return call.data(statistics.series(told))


# commands


async def switch(call: Call) -> Response:
    body = await call.body()
    team = body.get("team_id")
    if not str(team or "").isdigit():
        raise invalid(team_id="The team id field is required.")
    return call.data({"name": call.desk.keys.switch(call.caller, int(str(team))).name})


async def mint(call: Call) -> Response:
    """A new api-user key; its text is shown this once."""
    body = await call.body()
    key = call.path_word()
    number, text = call.desk.keys.mint(call.caller, int(key) if key.isdigit() else 0)
    at = stamp(whole(call.now))
    return call.data(
        {
            "id": number,
            "name": str(body.get("name") or "token"),
            "plain_text_token": text,
            "token_hash": hashlib.sha256(text.encode()).hexdigest(),
            "abilities": ["*"],
            "created_at": at,
            "updated_at": at,
        }
    )
