"""Reading routes: who am I, workspaces, statistics, accounts, campaigns, leads, replies, scheduled e-mails, tags."""

from __future__ import annotations

import operator
from collections.abc import Callable
from datetime import date, datetime, timedelta

from starlette.responses import Response

from bisonwatch.simulator import rows, statistics
from bisonwatch.simulator.answers import data, invalid, other_workspace
from bisonwatch.simulator.desk import Call, date_range
from bisonwatch.simulator.moments import OFFSETS
from bisonwatch.simulator.pages import Listing
from bisonwatch.simulator.records import Account, Campaign, Lead, Reply, Send, Workspace
from bisonwatch.simulator.rows import Row
from bisonwatch.simulator.shelf import Shelf

_COMPARE: dict[str, Callable[[date, date], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ">": operator.gt,
    ">=": operator.ge,
}

_DAYS = ("today", "tomorrow", "day_after_tomorrow")


async def me(call: Call) -> Response:
    return data(rows.user(call.workspace))


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
    return data(rows.workspace_full(found) | {"sender_email_limit_disabled": False})


async def workspace_stats(call: Call) -> Response:
    first, last = date_range(dict(call.request.query_params))
    return data(statistics.summary(call.workspace.campaigns, first, last))


async def workspace_series(call: Call) -> Response:
    first, last = date_range(dict(call.request.query_params))
    return data(statistics.series(call.workspace.campaigns, first, last))


async def event_series(call: Call) -> Response:
    """`campaign-events/stats`: filtered by campaign only; there is no daily book per mailbox."""
    first, last = date_range(dict(call.request.query_params))
    wanted = call.numbers("campaign_ids")
    chosen = [campaign for campaign in call.workspace.campaigns if not wanted or campaign.id in wanted]
    return data(statistics.series(chosen, first, last))


# sender accounts


async def accounts(call: Call) -> Response:
    status, word = call.word("status"), (call.word("search") or "").lower()
    tags, without = call.numbers("tag_ids"), call.numbers("excluded_tag_ids")
    untagged = call.word("without_tags") in ("1", "true")

    def keep(account: Account) -> bool:
        own = {tag.id for tag in account.tags}
        return (
            (status is None or status == ("connected" if account.connected else "not_connected"))
            and word in f"{account.name} {account.email}".lower()
            and (not tags or bool(own & tags))
            and not own & without
            and not (untagged and own)
        )

    return call.list(Listing(call.workspace.accounts, rows.account, keep))


def _account(call: Call) -> Account:
    return call.find("sender_email", lambda w: w.accounts, _account_by_email)


def _account_by_email(workspace: Workspace, email: str) -> Account | None:
    return next((account for account in workspace.accounts if account.email == email), None)


async def account(call: Call) -> Response:
    return data(rows.account(_account(call)))


async def warmups(call: Call) -> Response:
    date_range(_ten_days(call))
    return call.list(Listing(call.workspace.accounts, rows.warmup))


async def warmup(call: Call) -> Response:
    return data(rows.warmup(_account(call)))


def _ten_days(call: Call) -> dict[str, object]:
    """The dates default to ten days ago and today."""
    today = call.now.date()
    fallback = {"start_date": today - timedelta(days=10), "end_date": today}
    return {**fallback, **dict(call.request.query_params)}


# campaigns


def _campaign(call: Call) -> Campaign:
    return call.find("campaign", lambda w: w.campaigns)


async def campaigns(call: Call) -> Response:
    status, word = call.word("status"), (call.word("search") or "").lower()

    def keep(campaign: Campaign) -> bool:
        return status in (None, campaign.status) and word in campaign.name.lower()

    return call.list(Listing(call.workspace.campaigns, rows.campaign, keep))


async def campaign(call: Call) -> Response:
    return data(rows.campaign(_campaign(call)))


async def campaign_leads(call: Call) -> Response:
    """`search` is accepted and ignored here."""
    wanted = _campaign(call).id
    return call.list(
        Listing(call.workspace.leads, rows.campaign_lead, lambda lead: wanted in lead.memberships)
    )


async def campaign_replies(call: Call) -> Response:
    return _replies(call, campaign_id=_campaign(call).id)


async def campaign_sends(call: Call) -> Response:
    return _sends(call, {_campaign(call).id}, set())


async def campaign_stats(call: Call) -> Response:
    found = _campaign(call)
    words = await call.body()
    first, last = date_range({name: words.get(name) for name in ("start_date", "end_date")})
    row = statistics.summary([found], first, last)
    return data(row | {"sequence_step_stats": statistics.step_rows(found, row)})


async def campaign_series(call: Call) -> Response:
    found = _campaign(call)
    first, last = date_range(dict(call.request.query_params))
    return data(statistics.series([found], first, last))


async def sending_schedules(call: Call) -> Response:
    """`day` is today, tomorrow or day_after_tomorrow; running campaigns only."""
    planned = _planned(call)

    def write(campaign: Campaign) -> Row:
        return rows.sending(campaign, planned)

    return call.list(Listing(call.workspace.campaigns, write, lambda campaign: campaign.status == "active"))


async def sending_schedule(call: Call) -> Response:
    return data(rows.sending(_campaign(call), _planned(call)))


def _planned(call: Call) -> int:
    """Six tenths of the connected capacity on a working day, shared by the running campaigns."""
    day = call.word("day") or ""
    if day not in _DAYS:
        raise invalid(day="The selected day is invalid.")
    workspace = call.workspace
    capacity = sum(account.daily_limit for account in workspace.accounts if account.connected)
    weekend = (call.now + timedelta(days=_DAYS.index(day))).weekday() >= 5
    share = 0.0 if not workspace.weight else 0.04 if weekend else 0.6
    return int(capacity * share / max(1, len(workspace.active())))


# leads


def _lead(call: Call) -> Lead:
    return call.find("lead", lambda w: w.leads, lambda w, email: w.lead_by_email.get(email))


async def leads(call: Call) -> Response:
    word = (call.word("search") or "").lower()

    def keep(lead: Lead) -> bool:
        return not word or word in f"{lead.first_name} {lead.last_name} {lead.email} {lead.company}".lower()

    return call.list(Listing(call.workspace.leads, rows.lead, keep))


async def lead(call: Call) -> Response:
    return data(rows.lead(_lead(call)))


async def lead_replies(call: Call) -> Response:
    return _replies(call, lead_id=_lead(call).id)


async def lead_sends(call: Call) -> Response:
    wanted = _lead(call)
    return call.list(Listing(call.workspace.sends, rows.lead_send, lambda send: send.lead is wanted))


async def lead_sent(call: Call) -> Response:
    wanted = _lead(call)

    def keep(send: Send) -> bool:
        return send.lead is wanted and send.sent_at is not None

    return call.list(Listing(call.workspace.sends, rows.lead_send, keep))


# replies


async def replies(call: Call) -> Response:
    return _replies(call, campaign_id=call.number("campaign_id"), lead_id=call.number("lead_id"))


def _replies(call: Call, *, campaign_id: int | None = None, lead_id: int | None = None) -> Response:
    folder, status = (call.word("folder") or "all").lower(), call.word("status")
    mailbox = call.number("sender_email_id")

    def keep(reply: Reply) -> bool:
        return (
            folder in ("all", reply.folder.lower())
            and (campaign_id is None or (reply.campaign is not None and reply.campaign.id == campaign_id))
            and (lead_id is None or (reply.lead is not None and reply.lead.id == lead_id))
            and (mailbox is None or reply.account.id == mailbox)
            and _has_status(reply, status)
        )

    return call.list(Listing(call.workspace.replies, rows.reply, keep))


def _has_status(reply: Reply, status: str | None) -> bool:
    match status:
        case "interested":
            return reply.interested
        case "automated_reply":
            return reply.automated
        case "not_automated_reply":
            return not reply.automated
        case _:
            return True


async def reply(call: Call) -> Response:
    return data(rows.reply(call.find("reply", lambda w: w.replies)))


# scheduled e-mails


async def sends(call: Call) -> Response:
    return _sends(call, call.numbers("campaign_ids"), call.numbers("lead_ids"))


def _sends(call: Call, campaign_ids: set[int], lead_ids: set[int]) -> Response:
    status = call.word("status")
    mailboxes = call.numbers("sender_email_ids")
    dated = _dated(call)

    def keep(send: Send) -> bool:
        return (
            status in (None, "paused" if send.status == "sending_paused" else send.status)
            and (not campaign_ids or send.campaign.id in campaign_ids)
            and (not lead_ids or send.lead.id in lead_ids)
            and (not mailboxes or send.account.id in mailboxes)
            and dated(send)
        )

    return call.list(Listing(call.workspace.sends, rows.send, keep))


def _dated(call: Call) -> Callable[[Send], bool]:
    """`scheduled_date_local[criteria]` and `[value]`, by the day in the campaign's zone; dotted names work too."""
    value = call.word("scheduled_date_local[value]") or call.word("scheduled_date_local.value")
    if not value:
        return lambda send: True
    sign = call.word("scheduled_date_local[criteria]") or call.word("scheduled_date_local.criteria") or "="
    try:
        compare, day = _COMPARE[sign], date.fromisoformat(value[:10])
    except (KeyError, ValueError) as error:
        raise invalid(scheduled_date_local="The scheduled date local field is not valid.") from error
    return lambda send: compare(_local(send.scheduled_at, send.campaign.zone).date(), day)


def _local(at: datetime, zone: str) -> datetime:
    return at + timedelta(hours=OFFSETS.get(zone, 0))


async def send(call: Call) -> Response:
    return data(rows.send_single(call.find("scheduled_email", lambda w: w.sends)))


# tags


async def tags(call: Call) -> Response:
    """All in one answer: the limit of 15 does not hold here."""
    return data([rows.tag(tag) for tag in call.workspace.tags])
