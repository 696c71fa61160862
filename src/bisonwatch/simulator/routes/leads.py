"""Leads, and what belongs to one of them."""

from __future__ import annotations

from starlette.responses import Response

from bisonwatch.simulator import list_rows, rows
from bisonwatch.simulator.answers import invalid
from bisonwatch.simulator.desk import Call
from bisonwatch.simulator.lead_filters import lead_filter
from bisonwatch.simulator.listing import Listing
from bisonwatch.simulator.moments import whole
from bisonwatch.simulator.records import Lead, Send, Workspace
from bisonwatch.simulator.routes import replies
from bisonwatch.simulator.rows import Row
from bisonwatch.simulator.shelf import Shelf, Window


def find(call: Call) -> Lead:
    return call.find("lead", lambda w: w.leads, _by_email)


def _by_email(workspace: Workspace, email: str) -> Lead | None:
    """Addresses of the archive carry their lead's id."""
    if found := workspace.lead_by_email.get(email):
        return found
    number = email.partition("@")[0].rpartition(".")[2]
    archived = workspace.leads.get(int(number)) if number.isdigit() else None
    return archived if archived is not None and archived.email == email else None


async def leads(call: Call) -> Response:
    """Nested filters and `search` hold; `email`, `status` and other names without `filters` are ignored."""
    keep = lead_filter(call.request.query_params.multi_items(), search=True)
    shelf = call.workspace.leads
    return call.list(Listing(shelf, rows.lead, keep) if keep else Listing(shelf, rows.lead))


async def lead(call: Call) -> Response:
    return call.data(rows.lead(find(call)))


async def lead_replies(call: Call) -> Response:
    return replies.listed(call, lead=find(call).id)


async def lead_sends(call: Call) -> Response:
    return _sends(call, sent=False)


async def lead_sent(call: Call) -> Response:
    return _sends(call, sent=True)


def _sends(call: Call, *, sent: bool) -> Response:
    wanted = find(call)

    def keep(send: Send) -> bool:
        return send.lead.id == wanted.id and (not sent or send.sent_at is not None)

    def write(send: Send) -> Row:
        row = rows.lead_send(send)
        if sent and not call.forms.sent_emails_lead:
            del row["lead"]
        return row

    return call.list(Listing(call.workspace.sends, write, keep, Window(lead=wanted.id), whole=True))


async def create(call: Call) -> Response:
    """201; the new row's statistics are null."""
    body = await call.body()
    names = ("first_name", "last_name", "email")
    if missing := {name: f"The {name} field is required." for name in names if not body.get(name)}:
        raise invalid(**missing)
    email = str(body["email"]).lower()
    if email in call.workspace.lead_by_email:
        raise invalid(email="The email has already been taken.")
    at = whole(call.now)
    title = body.get("title")
    scribe = call.desk.world.scribe
    new = Lead(
        scribe.next_id("lead"), scribe.uuid(), str(body["first_name"]), str(body["last_name"]), email,
        str(title) if title else None, str(body.get("company") or ""), (), at, at,
    )  # fmt: skip
    call.workspace.lead_by_email[email] = new
    return call.data(rows.lead(call.workspace.leads.add(new)), 201)


async def remove(call: Call) -> Response:
    """At once; its replies and scheduled e-mails stay."""
    found = find(call)
    call.workspace.leads.remove(found.id)
    call.workspace.lead_by_email.pop(found.email, None)
    return call.done("Lead successfully deleted")


async def lead_lists(call: Call) -> Response:
    """One imported file, of everybody."""
    place = call.workspace
    at = place.created_at
    row = list_rows.lead_list(place.id, f"{place.phrase}.csv", len(place.leads), at)
    shelf: Shelf[Workspace] = Shelf()
    shelf.add(place)
    return call.list(Listing(shelf, lambda _: row))
