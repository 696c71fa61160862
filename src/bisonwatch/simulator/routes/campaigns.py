"""Campaigns: rows, children, statistics, and the commands that change their state."""

from __future__ import annotations

from starlette.responses import Response

from bisonwatch.simulator import rows, statistics
from bisonwatch.simulator.answers import Refused, wrapped
from bisonwatch.simulator.desk import Call
from bisonwatch.simulator.lead_filters import lead_filter
from bisonwatch.simulator.listing import Listing
from bisonwatch.simulator.moments import whole
from bisonwatch.simulator.records import Campaign, Lead
from bisonwatch.simulator.routes import replies, sends
from bisonwatch.simulator.routes.places import days
from bisonwatch.simulator.rows import Row
from bisonwatch.simulator.shelf import Window


def find(call: Call) -> Campaign:
    return call.find("campaign", lambda w: w.campaigns)


async def campaigns(call: Call) -> Response:
    status, word = (call.word("status") or "").lower(), (call.word("search") or "").lower()
    tags = call.numbers("tag_ids")

    def keep(campaign: Campaign) -> bool:
        return (
            status in ("", campaign.status)
            and word in campaign.name.lower()
            and (not tags or any(tag.id in tags for tag in campaign.tags))
        )

    return call.list(Listing(call.workspace.campaigns, rows.campaign, keep))


async def campaign(call: Call) -> Response:
    return call.data(rows.campaign(find(call)))


async def campaign_leads(call: Call) -> Response:
    """`search` is accepted and ignored here."""
    wanted = find(call).id
    chosen = lead_filter(call.request.query_params.multi_items(), search=False)

    def keep(lead: Lead) -> bool:
        return wanted in lead.memberships and (chosen is None or chosen(lead))

    def write(lead: Lead) -> Row:
        return rows.campaign_lead(lead, wanted)

    window = Window(campaigns=frozenset((wanted,)))
    return call.list(Listing(call.workspace.leads, write, keep, window, whole=chosen is None))


async def campaign_replies(call: Call) -> Response:
    return replies.listed(call, campaign=find(call).id)


async def campaign_accounts(call: Call) -> Response:
    """Every mailbox of the workspace serves every campaign."""
    find(call)
    return call.list(Listing(call.workspace.accounts, rows.account))


async def campaign_sends(call: Call) -> Response:
    return sends.listed(call, {find(call).id}, set())


async def campaign_stats(call: Call) -> Response:
    """A POST that reads; dates in the query are not seen."""
    found = find(call)
    row = statistics.summary(days(call, [found], await call.only_body()))
    return call.data(row | {"sequence_step_stats": statistics.step_rows(found, row)})


async def campaign_series(call: Call) -> Response:
    return call.data(statistics.series(days(call, [find(call)], call.words)))


# commands


async def pause(call: Call) -> Response:
    return _turned(call, find(call), "paused")


async def resume(call: Call) -> Response:
    """First `queued`; it runs a little later. 400 for one without a sequence."""
    found = find(call)
    if found.sequence_id is None:
        raise Refused(400, wrapped("The campaign is incomplete."))
    answer = _turned(call, found, "queued")
    call.desk.world.queue_start(call.workspace.id, found.id, call.now)
    return answer


async def archive(call: Call) -> Response:
    return _turned(call, find(call), "archived")


def _turned(call: Call, campaign: Campaign, status: str) -> Response:
    campaign.status, campaign.updated_at = status, whole(call.now)
    return call.done("Campaign updated", rows.campaign(campaign))


async def remove(call: Call) -> Response:
    """Queued: `pending deletion` is listed for a while."""
    found = find(call)
    found.status, found.updated_at = "pending deletion", whole(call.now)
    call.desk.world.queue_campaign_removal(call.workspace.id, found.id, call.now)
    return call.done("Campaign has been queued for deletion")
