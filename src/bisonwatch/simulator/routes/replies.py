"""The master inbox."""

from __future__ import annotations

from starlette.responses import Response

from bisonwatch.simulator import inbox, rows
from bisonwatch.simulator.answers import invalid
from bisonwatch.simulator.desk import Call
from bisonwatch.simulator.listing import Listing
from bisonwatch.simulator.moments import whole
from bisonwatch.simulator.records import Reply
from bisonwatch.simulator.shelf import Window


async def replies(call: Call) -> Response:
    return listed(
        call,
        campaign=call.number("campaign_id"),
        lead=call.number("lead_id"),
        mailbox=call.number("sender_email_id"),
    )


def listed(
    call: Call, *, campaign: int | None = None, lead: int | None = None, mailbox: int | None = None
) -> Response:
    """Also on the routes of one campaign, lead or mailbox. Without a folder every folder shows."""
    folder, status = (call.word("folder") or "all").lower(), call.word("status")
    read = call.word("read")

    def keep(reply: Reply) -> bool:
        return (
            folder in ("all", reply.folder.lower())
            and (campaign is None or (reply.campaign is not None and reply.campaign.id == campaign))
            and (lead is None or (reply.lead is not None and reply.lead.id == lead))
            and (mailbox is None or reply.account.id == mailbox)
            and (read is None or reply.read == (read in ("1", "true")))
            and _has_status(reply, status)
        )

    shelf = call.workspace.replies
    kind = None if folder == "all" else folder
    unfiltered = status is None and mailbox is None and read is None
    window = Window(campaigns=frozenset(() if campaign is None else (campaign,)), lead=lead, kind=kind)
    if unfiltered and campaign is None and lead is None and kind is None:
        return call.list(Listing(shelf, rows.reply))
    return call.list(Listing(shelf, rows.reply, keep, window, whole=unfiltered))


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


def find(call: Call) -> Reply:
    return call.find("reply", lambda w: w.replies)


async def reply(call: Call) -> Response:
    return call.data(rows.reply(find(call)))


async def thread(call: Call) -> Response:
    """As observed: the reply alone, without what came before and after."""
    return call.data({"current_reply": rows.reply(find(call)), "older_messages": [], "newer_messages": []})


async def remove(call: Call) -> Response:
    found = find(call)
    call.workspace.replies.remove(found.id)
    return call.done("Reply successfully deleted")


async def mark_interested(call: Call) -> Response:
    """Tells LEAD_INTERESTED the first time for a lead in a campaign only, and not with `skip_webhooks`."""
    found, body = find(call), await call.body()
    world = call.desk.world
    if found.lead is not None:
        inbox.interested(
            world.scribe, call.workspace, found, whole(call.now), silent=bool(body.get("skip_webhooks"))
        )
    return call.done("Reply marked", rows.reply(found))


async def mark_uninterested(call: Call) -> Response:
    """Silent; marking the lead again later is silent too."""
    found = find(call)
    found.interested, found.updated_at = False, whole(call.now)
    return call.done("Reply marked", rows.reply(found))


async def mark_read(call: Call) -> Response:
    found, body = find(call), await call.body()
    if "read" not in body:
        raise invalid(read="The read field is required.")
    found.read, found.updated_at = bool(body["read"]), whole(call.now)
    return call.done("Reply marked", rows.reply(found))
