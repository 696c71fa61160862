"""Sender accounts and their warm-up."""

from __future__ import annotations

from datetime import timedelta

from starlette.responses import Response

from bisonwatch.simulator import rows
from bisonwatch.simulator.answers import invalid
from bisonwatch.simulator.desk import Call, date_range
from bisonwatch.simulator.listing import Listing
from bisonwatch.simulator.moments import whole
from bisonwatch.simulator.records import Account, Workspace
from bisonwatch.simulator.routes import replies


def _status(account: Account) -> str:
    """The filter's own words; they are not the row's."""
    if account.leaving:
        return "pending_deletion"
    return "connected" if account.connected else "not_connected"


def _labelled(call: Call, account: Account) -> bool:
    tags, without = call.numbers("tag_ids"), call.numbers("excluded_tag_ids")
    own = {tag.id for tag in account.tags}
    untagged = call.word("without_tags") in ("1", "true")
    word = (call.word("search") or "").lower()
    return (
        (not tags or bool(own & tags))
        and not own & without
        and not (untagged and own)
        and word in f"{account.name} {account.email}".lower()
    )


def _any_filter(call: Call) -> bool:
    return any(
        name.partition("[")[0] in ("search", "tag_ids", "excluded_tag_ids", "without_tags", "status")
        or name in ("warmup_status", "mx_records_status")
        for name in call.request.query_params
    )


async def accounts(call: Call) -> Response:
    shelf, status = call.workspace.accounts, call.word("status")
    if not _any_filter(call):
        return call.list(Listing(shelf, rows.account))

    def keep(account: Account) -> bool:
        return status in (None, _status(account)) and _labelled(call, account)

    return call.list(Listing(shelf, rows.account, keep))


def find(call: Call) -> Account:
    return call.find("sender_email", lambda w: w.accounts, _by_email)


def _by_email(workspace: Workspace, email: str) -> Account | None:
    return next((account for account in workspace.accounts if account.email == email), None)


async def account(call: Call) -> Response:
    return call.data(rows.account(find(call)))


async def campaigns(call: Call) -> Response:
    """Every mailbox serves every campaign of its workspace."""
    find(call)
    return call.list(Listing(call.workspace.campaigns, rows.campaign))


async def account_replies(call: Call) -> Response:
    return replies.listed(call, mailbox=find(call).id)


async def change(call: Call) -> Response:
    """PATCH: the name and the daily limit; `updated_at` moves as it does with every send."""
    found, body = find(call), await call.body()
    limit = body.get("daily_limit", found.daily_limit)
    if isinstance(limit, bool) or not isinstance(limit, int) or limit < 1:
        raise invalid(daily_limit="The daily limit field must be an integer.")
    found.daily_limit, found.name = limit, str(body.get("name") or found.name)
    found.updated_at = whole(call.now)
    return call.done("Sender email updated", rows.account(found))


async def remove(call: Call) -> Response:
    """Queued: the row stays listed for a while, its id answers, and only then everything is gone."""
    found = find(call)
    call.desk.world.queue_removal(found.id, call.now)
    return call.done("Email accounts have been queued for deletion")


async def warmups(call: Call) -> Response:
    date_range(_ten_days(call))
    wanted = call.word("warmup_status")

    def keep(account: Account) -> bool:
        return wanted in (None, "enabled" if account.warmup else "disabled") and _labelled(call, account)

    shelf = call.workspace.accounts
    return call.list(Listing(shelf, rows.warmup, keep) if _any_filter(call) else Listing(shelf, rows.warmup))


async def warmup(call: Call) -> Response:
    return call.data(rows.warmup(find(call)))


def _ten_days(call: Call) -> dict[str, object]:
    """The dates default to ten days ago and today."""
    today = call.now.date()
    return {"start_date": today - timedelta(days=10), "end_date": today, **call.words}


async def warm(call: Call) -> Response:
    """PATCH enable or disable, by the path's last word; no event tells of it."""
    body = await call.body()
    wanted = body.get("sender_email_ids")
    if not isinstance(wanted, list) or not wanted:
        raise invalid(sender_email_ids="The sender email ids field is required.")
    for account in call.workspace.accounts:
        if account.id in wanted:
            account.warmup = call.request.url.path.endswith("/enable")
    return call.done("Warmup updated")
