"""What is kept of a body once it was processed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from bisonwatch.clients.bison import trim
from bisonwatch.ingest.understand import understand
from tests.support.house import delivery

BODIES = sorted(Path("tests/fixtures/webhooks").glob("*.json"))


def test_raw_mail_and_html_go_and_the_text_stays() -> None:
    """Of a reply its text is kept; raw mail, headers and HTML are taken out, and the object says so."""
    reply = {
        "id": 7,
        "text_body": "Sure.",
        "html_body": "<p>Sure.</p>",
        "raw_body": "MIME",
        "headers": "e30=",
    }
    send = {"id": 8, "email_body": "<p>Hi</p>", "email_subject": "Hello"}
    body = orjson.dumps({"event": {}, "data": {"data": {"reply": reply, "scheduled_email": send}}})
    assert orjson.loads(trim.trim(body) or b"") == {
        "event": {},
        "data": {
            "data": {
                "reply": {"id": 7, "text_body": "Sure.", "trimmed": True},
                "scheduled_email": {"id": 8, "email_subject": "Hello", "trimmed": True},
            }
        },
    }


@pytest.mark.parametrize(
    "body",
    [
        b'{"data":{"tag":{"id":1}}}',
        b'{"data":{"reply":{"id":1,"html_body":null,"raw_body":""}}}',
        b'{"html_body": "no JSON"',
        b"[" * 400 + b'{"html_body":"deep"}' + b"]" * 400,
    ],
)
def test_what_holds_no_mail_is_left_alone(body: bytes) -> None:
    """Nothing to trim, nothing that can be written again: the bytes stay as they came."""
    assert trim.trim(body) is None


@pytest.mark.parametrize("file", BODIES, ids=lambda file: file.stem)
def test_a_trimmed_delivery_means_the_same(file: Path) -> None:
    """Whatever the provider sends says the same events and facts after trimming, and cannot be trimmed twice."""
    came = delivery(file.read_bytes(), workspace_id=12)
    kept = replace(came, body=trim.trim(came.body) or came.body)  # its hash is stored, never computed again
    assert understand(kept).event == understand(came).event
    assert understand(kept).facts == understand(came).facts
    assert trim.trim(kept.body) is None
    assert b"<p>" not in kept.body
