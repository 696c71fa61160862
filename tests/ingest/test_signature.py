"""Standard Webhooks, for a relay in front that signs."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest

from bisonwatch.ingest.listener import Door
from bisonwatch.ingest.signature import verified
from bisonwatch.store.database import Database
from tests.support.door import TOKEN
from tests.support.house import fixture, house
from tests.support.news import NOON

BODY = fixture("email_sent")
KEY = b"a key of the relay, 24 b"
SECRET = "whsec_" + base64.b64encode(KEY).decode()
NOW = int(NOON.timestamp())


def signed(
    content: bytes = BODY, at: int = NOW, key: bytes = KEY, before: str = "", number: str = "msg_1"
) -> dict[str, str]:
    digest = hmac.new(key, f"{number}.{at}.".encode() + content, hashlib.sha256).digest()
    signature = before + "v1," + base64.b64encode(digest).decode()
    return {"webhook-id": number, "webhook-timestamp": str(at), "webhook-signature": signature}


CASES = {
    "right": (signed(), 200),
    "one of several": (signed(before="v1,AAAA v1a,BBBB "), 200),
    "five minutes old": (signed(at=NOW - 300), 200),
    "older": (signed(at=NOW - 301), 401),
    "from the future": (signed(at=NOW + 301), 401),
    "another key": (signed(key=b"x"), 401),
    "another body": (signed(b"{}"), 401),
    "another id": (signed() | {"webhook-id": "msg_2"}, 401),
    "no headers": ({}, 401),
    "no signature": ({**signed(), "webhook-signature": ""}, 401),
    "no number": (signed() | {"webhook-timestamp": "now"}, 401),
    "a number of 5000 digits": (signed() | {"webhook-timestamp": "1" * 5000}, 401),
}


@pytest.mark.parametrize("case", CASES)
async def test_a_signing_secret_is_required_and_checked(small: Database, case: str) -> None:
    """Where the instance has a signing secret, only a fitting, fresh signature over the raw body is taken."""
    headers, status = CASES[case]
    async with house(small, doors={"main": Door(TOKEN, SECRET)}) as built:
        answer = await built.post(BODY, headers=headers | {"content-length": str(len(BODY))})
        assert (answer.status, len(await built.all())) == (status, int(status == 200))


async def test_a_signature_does_not_replace_the_token(small: Database) -> None:
    """Both are needed."""
    async with house(small, doors={"main": Door(TOKEN, SECRET)}) as built:
        headers = signed() | {"content-length": str(len(BODY))}
        assert (await built.post(BODY, "/webhooks/main/wrong", headers=headers)).status == 401


@pytest.mark.parametrize("secret", ["plain words", "whsec_plain words", "whsec_schlüssel"])
def test_a_secret_that_is_not_base64_is_taken_as_it_is(secret: str) -> None:
    """Any other text is the key itself."""
    key = secret.removeprefix("whsec_").encode()
    headers = {name.encode(): value.encode() for name, value in signed(key=key).items()}
    assert verified(secret, headers, BODY, float(NOW))
    assert not verified(secret + "x", headers, BODY, float(NOW))
