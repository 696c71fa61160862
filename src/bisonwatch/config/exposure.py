"""Who can reach our two doors, and what a door must have before the world may knock: tokens that nobody guesses, and TLS."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from bisonwatch.config.certificate import Unusable, opened
from bisonwatch.config.doors import Api, Listener, loopback
from bisonwatch.config.instances import Instance
from bisonwatch.config.remark import Found, Level
from bisonwatch.config.secrets import Secret
from bisonwatch.config.settings import Settings
from bisonwatch.errors import ConfigError

SHORTEST = 16
"""Characters of a token. `openssl rand -hex 24` writes one of 48."""
GUESSED = ("changeme", "change-me", "change_me", "password", "12345678", "qwerty")
_WRITE = "`openssl rand -hex 24` writes one"


def remarks(settings: Settings, environ: Mapping[str, str], now: datetime) -> Found:
    yield from _listener(settings.listener, settings.instances)
    yield from _webhook_tokens(settings, environ)
    yield from _api(settings.api, environ)
    yield from _certificates(settings, now)


def open_to_others(door: Listener | Api) -> bool:
    """By its own address, or through a proxy that is named for it."""
    return not loopback(door.host) or bool(door.trusted_proxies)


def guessable(secret: str) -> str | None:
    """Why a token keeps nobody out, as the rest of a sentence; None for a sound one."""
    if len(secret) < SHORTEST:
        return f"has fewer than {SHORTEST} characters"
    if len(set(secret)) < 6 or any(word in secret.lower() for word in GUESSED):
        return "is easily guessed"
    return None


def _listener(listener: Listener, instances: tuple[Instance, ...]) -> Found:
    if listener.public_url is None:
        yield Level.WARNING, "listener.public_url", "is not set, so webhooks cannot be registered"
    elif listener.public_url.startswith("http://"):
        yield Level.WARNING, "listener.public_url", "webhook tokens travel in clear text; write https://"
    if loopback(listener.host):
        return
    if instances and all(instance.webhook_token is None for instance in instances):
        message = (
            "is reachable from outside, and no instance has a token for it; "
            "set instances.0.webhook_token, or listen on 127.0.0.1"
        )
        yield Level.ERROR, "listener.host", message
    if listener.tls is None and not listener.trusted_proxies:
        message = "is reachable from outside without TLS; set listener.tls, or name the proxy in listener.trusted_proxies"
        yield Level.WARNING, "listener.host", message


def _webhook_tokens(settings: Settings, environ: Mapping[str, str]) -> Found:
    """A warning: the provider has it in an address that other machines may use already."""
    if settings.listener.public_url is None and not open_to_others(settings.listener):
        return
    for index, instance in enumerate(settings.instances):
        if instance.webhook_token is not None:
            for why in _weak(instance.webhook_token, environ):
                key = f"instances.{index}.webhook_token"
                yield Level.WARNING, key, f"{why}, and the world may try; {_WRITE}"


def _api(api: Api, environ: Mapping[str, str]) -> Found:
    if open_to_others(api):
        for index, token in enumerate(api.tokens):
            for why in _weak(token.token, environ):
                key = f"api.tokens.{index}.token"
                yield Level.ERROR, key, f"{why}, and api is reachable from outside; {_WRITE}"
    if loopback(api.host):
        return
    if not api.tokens:
        yield Level.ERROR, "api.host", "is reachable from outside without a token; set api.tokens"
    if api.tls is None and not api.trusted_proxies:
        message = (
            "is reachable from outside without TLS; set api.tls, or name the proxy in api.trusted_proxies"
        )
        yield Level.WARNING, "api.host", message


def _weak(secret: Secret, environ: Mapping[str, str]) -> Iterator[str]:
    """One that cannot be resolved is told of elsewhere."""
    try:
        why = guessable(secret.resolve(environ))
    except ConfigError:
        return
    if why is not None:
        yield why


def _certificates(settings: Settings, now: datetime) -> Found:
    for door, tls in (("listener", settings.listener.tls), ("api", settings.api.tls)):
        if tls is None:
            continue
        try:
            doubt = opened(tls)[1].doubt(now)
        except Unusable as problem:
            yield Level.ERROR, f"{door}.tls.{problem.part}", str(problem)
            continue
        if doubt is not None:
            yield Level.WARNING, f"{door}.tls.cert", f"{tls.cert} {doubt}"
