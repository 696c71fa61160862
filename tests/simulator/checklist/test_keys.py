"""Checklist: two kinds of keys, a workspace that moves, and a `workspace_id` that nobody reads."""

from __future__ import annotations

from bisonwatch.simulator.faults import Break
from tests.simulator.conftest import Lab


async def where(lab: Lab, key: str | None = None) -> int:
    return (await lab.get("/api/users", key=key)).json()["data"]["workspace"]["id"]


async def test_a_click_moves_the_super_admin_key_and_no_other(lab: Lab) -> None:
    """The UI switch changes what the super-admin key reads; each api-user key stays where it was made."""
    admin = lab.world.admin_key
    before = (await lab.get("/api/sender-emails", key=admin)).json()["data"]
    moved = await lab.client.put("/_sim/ui-switch", json={"workspace": 14})
    after = (await lab.get("/api/sender-emails", key=admin)).json()["data"]
    assert moved.json() == {"workspace": 14, "name": lab.world.workspaces[14].name}
    assert before[0]["id"] in {account.id for account in lab.workspace.accounts}
    assert after[0]["id"] == lab.world.workspaces[14].accounts[-1].id
    assert [await where(lab, admin), await where(lab), await where(lab, lab.world.api_key(13))] == [
        14,
        12,
        13,
    ]


async def test_a_click_without_a_workspace_takes_the_next(lab: Lab) -> None:
    """The control route goes round; an unknown workspace is refused and moves nothing."""
    steps = [(await lab.client.put("/_sim/ui-switch")).json()["workspace"] for _ in range(4)]
    wrong = await lab.client.put("/_sim/ui-switch", json={"workspace": 99})
    assert steps == [13, 14, 15, 12]
    assert (wrong.status_code, await where(lab, lab.world.admin_key)) == (422, 12)


async def test_a_click_in_the_middle_of_a_walk(lab: Lab) -> None:
    """From page 2 on the super-admin's walk reads another workspace, and only `/api/users` tells."""
    admin = lab.world.admin_key
    lab.break_page(Break.UI_SWITCH, "/api/leads", 2)
    first = await lab.get("/api/leads", key=admin)
    second = await lab.get("/api/leads", key=admin, page=2)
    there = {lead.id for lead in lab.world.workspaces[13].leads}
    assert not {row["id"] for row in first.json()["data"]} & there
    assert {row["id"] for row in second.json()["data"]} <= there
    assert await where(lab, admin) == 13


async def test_a_click_does_not_touch_an_api_users_walk(lab: Lab) -> None:
    """The same switch during the walk of an api-user key changes nothing of it."""
    lab.break_page(Break.UI_SWITCH, "/api/leads", 2)
    second = await lab.get("/api/leads", page=2)
    own = {lead.id for lead in lab.workspace.leads}
    assert {row["id"] for row in second.json()["data"]} <= own


async def test_workspace_id_is_ignored_everywhere(lab: Lab) -> None:
    """Answers are the same with a foreign id, and with one that does not exist."""
    for path in ("/api/sender-emails", "/api/campaigns", "/api/leads", "/api/replies", "/api/tags"):
        plain = (await lab.get(path)).json()["data"]
        for other in (13, 999_999):
            assert (await lab.get(path, workspace_id=other)).json()["data"] == plain, path


async def test_minted_keys_belong_to_their_workspace(lab: Lab) -> None:
    """Only the super-admin mints; the key's form is id and secret; it neither switches nor mints."""
    path = "/api/workspaces/v1.1/14/api-tokens"
    refused = await lab.ask("POST", path, json={"name": "mirror"})
    made = (await lab.ask("POST", path, key=lab.world.admin_key, json={"name": "mirror"})).json()["data"]
    key = made["plain_text_token"]
    again = await lab.ask("POST", path, key=key, json={"name": "more"})
    assert (refused.status_code, again.status_code) == (403, 403)
    assert key.partition("|")[0] == str(made["id"])
    assert await where(lab, key) == 14


async def test_an_api_user_sees_one_workspace_and_the_super_admin_all(lab: Lab) -> None:
    """In both lists, and by id."""
    for path in ("/api/workspaces", "/api/workspaces/v1.1"):
        assert [row["id"] for row in await lab.rows(path)] == [12]
        admin = await lab.get(path, key=lab.world.admin_key)
        assert [row["id"] for row in admin.json()["data"]] == [15, 14, 13, 12]
    assert (await lab.get("/api/workspaces/v1.1/13")).status_code == 403
