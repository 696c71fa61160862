"""Checklist: bearer check and the bodies of refusals, each in the forms that were published."""

from __future__ import annotations

import pytest

from bisonwatch.simulator.faults import ApiFaults, Break, Faults
from tests.simulator.conftest import Lab, fixture


@pytest.mark.parametrize(("form", "name"), [("bare", "error.401"), ("wrapped", "error.401.wrapped")])
async def test_401_in_both_forms(lab: Lab, form: str, name: str) -> None:
    """No header, a header without Bearer, a key of another instance: the same 401."""
    lab.form(error_401=form)
    stranger = await lab.get("/api/users", key="41|elsewhere")
    bearerless = await lab.client.get("/api/users", headers={"authorization": lab.world.api_key(12)})
    nobody = await lab.client.get("/api/users")
    for answer in (stranger, bearerless, nobody):
        assert (answer.status_code, answer.json()) == (401, fixture(f"rest/{name}.json"))


@pytest.mark.parametrize(
    "path",
    [
        "/api/sender-emails/{account}",
        "/api/campaigns/{campaign}",
        "/api/campaigns/{campaign}/leads",
        "/api/campaigns/{campaign}/schedule",
        "/api/leads/{lead}",
        "/api/leads/{email}/replies",
        "/api/tags/{tag}",
        "/api/sender-emails/{mailbox}",
    ],
)
async def test_403_on_records_of_another_workspace(lab: Lab, path: str) -> None:
    """By id or by address, the record or what belongs to it: 403 in the observed words."""
    other = lab.world.workspaces[13]
    filled = path.format(
        account=other.accounts[0].id,
        mailbox=other.accounts[0].email,
        campaign=other.campaigns[0].id,
        lead=other.leads[0].id,
        email=other.leads[0].email,
        tag=other.tags[0].id,
    )
    answer = await lab.get(filled)
    assert (answer.status_code, answer.json()) == (403, fixture("rest/error.403.other-workspace.json"))


@pytest.mark.parametrize(
    "path", ["/api/me", "/api/webhooks", "/api/webhook-urls", "/api/campaigns/614/statistics"]
)
async def test_404_of_routes_that_do_not_exist(lab: Lab, path: str) -> None:
    """The paths that people guess are not there."""
    answer = await lab.get(path)
    assert answer.status_code == 404
    assert answer.json()["data"]["record_not_found"] is None


async def test_404_of_a_word_in_an_ids_place(lab: Lab) -> None:
    """A mistyped sub-path can be a record that is not found, whose key is a word of the path."""
    answer = await lab.get("/api/sender-emails/statistics")
    assert answer.json()["data"]["record_not_found"] == {"sender_email": "statistics"}


async def test_405_names_the_methods(lab: Lab) -> None:
    """POST where only others are served."""
    answer = await lab.ask("PUT", f"/api/campaigns/{lab.workspace.campaigns[0].id}")
    assert answer.status_code == 405
    assert answer.json()["data"]["message"].endswith("Supported methods: GET, HEAD, DELETE.")


async def test_422_in_both_forms(lab: Lab) -> None:
    """Wrapped with the first error as its message; bare it is the framework's own body."""
    reply = lab.world.untracked(12) and lab.workspace.replies[-1]
    path = f"/api/replies/{reply.id}/mark-as-read-or-unread"
    wrapped = await lab.ask("PATCH", path, json={"is_read": True})
    lab.form(error_422="bare")
    bare = await lab.ask("PATCH", path, json={"is_read": True})
    theirs = fixture("rest/error.422.bare.json")
    assert (wrapped.status_code, wrapped.json()) == (422, {"data": {"success": False, **theirs}})
    assert (bare.status_code, bare.json()) == (422, theirs)


@pytest.mark.parametrize(("form", "name"), [("limiter", "error.429"), ("framework", "error.429.framework")])
@pytest.mark.parametrize("told", [True, False])
async def test_429_in_both_forms_with_and_without_its_wait(
    lab: Lab, form: str, name: str, told: bool
) -> None:
    """Whether Retry-After is sent is a switch of its own."""
    lab.form(error_429=form, retry_after=told)
    lab.break_page(Break.ERROR_429, "/api/users")
    answer = await lab.get("/api/users")
    assert (answer.status_code, answer.json()) == (429, fixture(f"rest/{name}.json"))
    assert answer.headers.get("retry-after") == ("8" if told else None)


async def test_5xx_as_a_page_and_as_json(lab: Lab) -> None:
    """500 is HTML or the framework's JSON; 502 is always the gateway's page."""
    lab.break_page(Break.ERROR_500, "/api/users", times=2)
    page = await lab.get("/api/users")
    lab.form(error_5xx="json")
    body = await lab.get("/api/users")
    lab.faults.set(Faults(api=ApiFaults(outage=True)))
    gateway = await lab.get("/api/users")
    assert (page.status_code, page.text[:6]) == (500, "<html>")
    assert (body.status_code, body.json()) == (500, fixture("rest/error.500.json"))
    assert (gateway.status_code, gateway.text[:6]) == (502, "<html>")
