"""What a door must have before the world may knock."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bisonwatch.config.exposure import guessable, remarks
from bisonwatch.config.remark import Level
from bisonwatch.config.settings import Settings

NOW = datetime(2026, 9, 14, tzinfo=UTC)
GOOD = "a3f9c07d52e84b16"


def errors(**sections: object) -> list[str]:
    """The keys at fault."""
    found = remarks(Settings.model_validate(sections), {}, NOW)
    return [key for level, key, _ in found if level is Level.ERROR]


def said(**sections: object) -> list[str]:
    return [f"{key}: {message}" for _, key, message in remarks(Settings.model_validate(sections), {}, NOW)]


def api(host: str, *tokens: str, **more: object) -> dict[str, object]:
    named = [{"name": f"t{n}", "role": "viewer", "token": token} for n, token in enumerate(tokens)]
    return {"host": host, "tokens": named, **more}


def instance(token: str | None) -> list[dict[str, object]]:
    return [{"name": "main", "url": "https://a.example", "api_key": "1|k", "webhook_token": token}]


PUBLIC = [
    "0.0.0.0",
    "::",
    "0",
    "192.0.2.1",
    "2001:db8::1",
    "bison.example",
    "::ffff:127.0.0.1",
    "127.1",
    "localhost.evil",
]


@pytest.mark.parametrize("host", PUBLIC)
def test_a_public_address_without_tokens_is_refused(host: str) -> None:
    """Either door; what is not surely loopback counts as public."""
    assert errors(api=api(host)) == ["api.host"]
    assert errors(api=api(host, GOOD)) == []
    assert errors(listener={"host": host}, instances=instance(None)) == ["listener.host"]
    assert errors(listener={"host": host}, instances=instance(GOOD)) == []


@pytest.mark.parametrize("host", ["127.0.0.1", "127.5.5.5", "::1", "localhost"])
def test_loopback_needs_none(host: str) -> None:
    """And takes any."""
    assert errors(api=api(host), listener={"host": host}, instances=instance(None)) == []
    assert errors(api=api(host, "x")) == []


@pytest.mark.parametrize(
    "token",
    [
        "sesame",
        "changeme",
        "fifteen-letters",
        "changeme-changeme",
        "aaaaaaaaaaaaaaaaaaaa",
        "PASSWORD-password",
    ],
)
def test_a_token_that_is_guessed_keeps_nobody_out(token: str) -> None:
    """Refused at the API, by its own address or behind a named proxy; told of at the listener, whose address the provider knows."""
    assert errors(api=api("0.0.0.0", GOOD, token)) == ["api.tokens.1.token"]
    assert errors(api=api("127.0.0.1", token, trusted_proxies=["127.0.0.1"])) == ["api.tokens.0.token"]
    listener = {"public_url": "https://hooks.example.com"}
    (told,) = said(listener=listener, instances=instance(token))
    assert told.startswith("instances.0.webhook_token: ")
    assert token not in told
    assert errors(listener=listener, instances=instance(token)) == []


def test_a_random_token_is_sound() -> None:
    """Sixteen hexadecimal digits are 64 bits."""
    assert guessable(GOOD) is None
    assert guessable(GOOD[:-1]) == "has fewer than 16 characters"


def test_what_is_told_says_what_to_do() -> None:
    """Each line names the setting, what is wrong, and what to set."""
    found = said(api=api("0.0.0.0"), listener={"host": "::"}, instances=instance(None))
    assert found == [
        "listener.public_url: is not set, so webhooks cannot be registered",
        "listener.host: is reachable from outside, and no instance has a token for it; "
        "set instances.0.webhook_token, or listen on 127.0.0.1",
        "listener.host: is reachable from outside without TLS; "
        "set listener.tls, or name the proxy in listener.trusted_proxies",
        "api.host: is reachable from outside without a token; set api.tokens",
        "api.host: is reachable from outside without TLS; set api.tls, or name the proxy in api.trusted_proxies",
    ]
