"""Dead letters as values, and payloads as safe text."""

from __future__ import annotations

import json

import pytest

from bisonwatch.domain.letter import group_of
from bisonwatch.domain.payload import LINES, LONGEST, masked, pretty


def as_is(text: str) -> str:
    return text


def shown(value: object) -> str:
    return "\n".join(pretty(json.dumps(value).encode(), as_is))


@pytest.mark.parametrize(
    ("reason", "group"),
    [
        ("the body has no event type", "the body has no event type"),
        ("the database refused it: value 5: out of range", "the database refused it"),
        ("", ""),
    ],
)
def test_a_reason_is_grouped_by_what_stands_before_its_particulars(reason: str, group: str) -> None:
    """The first colon and space divide them."""
    assert group_of(reason) == group


def test_a_payload_is_pretty_printed_and_nothing_in_it_is_obeyed() -> None:
    """Escapes, direction marks, invisible and half characters are written out; other letters are as they are."""
    raw = '{"a": "\\u001b[2J\\u0007", "b": "\u202egnp.exe\u009b", "c": "zażółć \\ud800", "d\u200b": [1, true, null]}'
    assert pretty(raw.encode(), as_is) == (
        "{",
        '  "a": "\\u001b[2J\\u0007",',
        '  "b": "\\u202egnp.exe\\u009b",',
        '  "c": "zażółć \\ud800",',
        '  "d\\u200b": [',
        "    1,",
        "    true,",
        "    null",
        "  ]",
        "}",
    )


def test_secrets_are_masked_by_their_name_and_by_their_text() -> None:
    """Whatever their type; signatures in addresses too; what only sounds alike is left."""
    text = shown(
        {
            "webhooks_secret_key": "whsec_123",
            "oauth_access_token": {"a": 1},
            "Password": 5,
            "token": None,
            "tokens_used": 7,
            "url": "https://files.example/a.pdf?X-Amz-Signature=abcdef&page=2",
        }
    )
    assert json.loads(text) == {
        "webhooks_secret_key": "•••",
        "oauth_access_token": "•••",
        "Password": "•••",
        "token": None,
        "tokens_used": 7,
        "url": "https://files.example/a.pdf?X-Amz-Signature=•••&page=2",
    }
    hidden = pretty(b'{"said": "the key is 12|abcdef"}', lambda words: words.replace("12|abcdef", "•••"))
    assert hidden[1] == '  "said": "the key is •••"'


def test_raw_text_is_masked_where_it_stands() -> None:
    """Everything else is left as it came, blanks too."""
    raw = '{"webhooks_secret_key" : "a\\"b", "n":1,"api_key":77, "inner": "{\\"token\\":\\"abc\\"}"}'
    assert masked(raw, as_is) == (
        '{"webhooks_secret_key" : "•••", "n":1,"api_key":"•••", "inner": "{\\"token\\":\\"•••\\"}"}'
    )


def test_a_huge_payload_is_cut_and_says_so() -> None:
    """A message of megabytes in one value; a list of a million numbers; nesting without end; no JSON at all."""
    assert shown({"m": "x" * (LONGEST + 5)}).endswith('xxx… (5 characters more)"\n}')
    lines = pretty(json.dumps(list(range(LINES + 10))).encode(), as_is)
    assert (len(lines), lines[-1]) == (LINES + 1, "… 12 lines more")
    deep = pretty(b"[" * 3000 + b"]" * 3000, as_is)
    assert deep[0].startswith("[[[")
    assert pretty(b"not \xff\x1bJSON", as_is) == ("not \ufffd\\u001bJSON",)
