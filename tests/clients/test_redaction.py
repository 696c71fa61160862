"""Nothing that opens a door stands in a log, an error or a frozen value."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bisonwatch.clients.bison import wire
from bisonwatch.errors import ProviderError, ProviderUnreachable
from bisonwatch.logs import JsonFormatter, Redactor, Tail, redact
from tests.clients.contract import CALLS, WORKSPACE
from tests.clients.provider import KEY, Provider, answer, rest, rest_json

SIGNED = "https://send.harborline.example/reply-attachments/a2d2/download?signature=0badc0de0badc0de"
SECRETS = [
    (SIGNED, "0badc0de0badc0de", SIGNED.replace("0badc0de0badc0de", "•••")),
    (f"{SIGNED}&expires=17", "0badc0de0badc0de", f"{SIGNED[:-16]}•••&expires=17"),
    ("Authorization: Bearer 41|unseenUNSEENunseen0000", "unseen", "Authorization: Bearer •••"),
    ("the token 977|unseenUNSEENunseen0000 is unknown", "unseen", "the token ••• is unknown"),
    ('{"webhooks_secret_key":"s3cret-s3cret"}', "s3cret", '{"webhooks_secret_key":"•••"}'),
    ("{'oauth_access_token': 'ya29.x-Y_z', 'id': 7}", "ya29", "{'oauth_access_token': '•••', 'id': 7}"),
    ('{"plain_text_token" : "41|abc"}', "41|abc", '{"plain_text_token" : "•••"}'),
    ("POST /hooks/eb?workspace=12&key=s3cret-s3cret", "s3cret", "POST /hooks/eb?workspace=12&key=•••"),
]
HARMLESS = [
    "main/12: walked 433 accounts in 29 requests",
    "614|active",
    "the token is unknown",
    "https://send.harborline.example/api/leads?page=2&pagination_type=cursor",
    '{"id":7,"status":"Connected"}',
    "a signature= of nothing",
]


@pytest.mark.parametrize(("said", "secret", "masked"), SECRETS)
def test_secrets_are_known_by_their_form(said: str, secret: str, masked: str) -> None:
    """A secret that was never seen before is masked where it stands, and the rest of the line is kept."""
    assert Redactor()(said) == masked
    assert secret not in Redactor()(said)


@pytest.mark.parametrize("said", HARMLESS)
def test_other_words_are_left_alone(said: str) -> None:
    """Ids, words and plain URLs are told as they are."""
    assert Redactor()(said) == said


@given(st.text(max_size=200))
def test_masking_twice_is_masking_once(said: str) -> None:
    """Any text goes through, and what was masked stays as it is."""
    once = Redactor()(said)
    assert Redactor()(once) == once


@pytest.mark.parametrize(("said", "secret", "_masked"), SECRETS)
def test_logs_are_masked(said: str, secret: str, _masked: str) -> None:
    """Neither the terminal's tail nor a line on stderr tells it, nor the trace of an error."""
    record = logging.LogRecord("bisonwatch.x", logging.ERROR, "x", 1, "told: %s", (said,), None)
    tail = Tail()
    tail.emit(record)
    assert secret not in tail.newest(1)[0].text
    assert secret not in JsonFormatter().format(record)


@pytest.mark.parametrize(("said", "secret", "_masked"), SECRETS)
@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 422, 429, 500])
async def test_errors_are_masked(status: int, said: str, secret: str, _masked: str) -> None:
    """A provider that quotes a secret in its refusal does not make us tell it."""
    body = {"data": {"success": False, "message": f"rejected: {said}"}}
    with pytest.raises(ProviderError) as caught:
        await Provider([answer(body, status)]).client.whoami()
    assert "rejected: " in str(caught.value)
    assert secret not in str(caught.value)


@pytest.mark.parametrize(("said", "secret", "_masked"), SECRETS)
async def test_rejected_rows_are_masked(said: str, secret: str, _masked: str) -> None:
    """A value that cannot be read is shown without what it holds of secrets, however it is cut."""
    page = await anext(Provider([answer({"data": [{"id": said}]})]).client.leads.pages())
    assert secret not in page.rejected[0].reason
    with pytest.raises(ProviderUnreachable) as caught:
        await Provider([answer({"data": {"id": said}})]).client.leads.one(7)
    assert secret not in str(caught.value)


async def test_the_workspaces_secret_is_learned_and_dropped() -> None:
    """It is in no value, and masked wherever it is said after it was seen once, whatever its form."""
    secret = rest_json("users.live-workspace")["data"]["workspace"]["webhooks_secret_key"]
    for name in ("users.live-workspace", "workspaces.list.live-slim"):
        told = await CALLS[name].told(Provider([answer(rest(name))]).client)
        assert secret not in repr(told)
    assert redact(f"x{secret}y") == "x•••y"


async def test_a_minted_key_is_learned() -> None:
    """It is handed to the caller once, and masked in every log from then on."""
    key = await CALLS["workspaces.api-token-created"].told(
        Provider([answer(rest("workspaces.api-token-created"))]).client
    )
    assert redact(f"made {key}.") == "made •••."


@pytest.mark.parametrize("name", ["replies.detail", "replies.cursor-page", "replies.conversation-thread"])
async def test_signed_urls_are_not_kept(name: str) -> None:
    """Attachments are named; the URL that opens them is in no value."""
    assert b"signature=" in rest(name)
    told: Any = await CALLS[name].told(Provider([answer(rest(name))]).client)
    assert "signature" not in repr(told)
    assert "slots.png" in repr(told)


def test_a_mailbox_token_is_not_kept() -> None:
    """Were it ever beside a row's fields, no value would hold it."""
    raw = {**rest_json("sender-emails.detail")["data"], "oauth_access_token": "ya29.unseen"}
    row = wire.account_row(raw, WORKSPACE, Provider([]).clock.now())
    assert "ya29" not in repr(row)


async def test_the_key_is_not_in_a_repr() -> None:
    """Neither client nor caller shows its key."""
    client = Provider([]).client
    assert KEY not in repr(client) + repr(client._caller) + repr(client.accounts)
