"""The operator's API of a living daemon, asked over HTTP."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from bisonwatch.clients.address import Address
from bisonwatch.clients.trust import Trust
from bisonwatch.domain.clean import clean
from bisonwatch.domain.snapshot import Snapshot
from bisonwatch.domain.status import Json
from bisonwatch.errors import BisonwatchError, DaemonBarred, DaemonForeign, DaemonUnreachable
from bisonwatch.protocol.codec import Unreadable, decode
from bisonwatch.protocol.pictures import Reading
from bisonwatch.protocol.sse import MEDIA_TYPE, Parser
from bisonwatch.protocol.words import spoken, words

PATIENCE_S = 2.0
CONNECT_S = 5.0
ANSWER_S = 90.0
"""A word may take long: a test event is waited for, half a minute at most."""
SILENCE_S = 25.0
"""A stream says something every 15 s at least; one that does not is dead, whatever the network says."""


async def status(
    url: str,
    token: str,
    trust: Trust | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
) -> dict[str, Json] | None:
    """What `GET /api/v1/status` answers (docs/status.md); None where no daemon answers, or not to this token, or shows a certificate
    that we do not trust (`trust`; by itself the public ones)."""
    verify = (trust or Trust.public()).context if url.startswith("https:") else False
    bearer = {"authorization": f"Bearer {token}"}
    try:
        async with httpx.AsyncClient(
            base_url=url, timeout=PATIENCE_S, transport=transport, verify=verify
        ) as client:
            answer = await client.get("/api/v1/status", headers=bearer)
            told: object = answer.json() if answer.is_success else None
    except (httpx.HTTPError, ValueError):
        return None
    return told if isinstance(told, dict) else None


@dataclass(frozen=True, slots=True)
class Me:
    """What a daemon says of itself and of our token; what an older one does not say is empty."""

    name: str
    role: str
    now: datetime
    version: str = ""
    title: str = ""


class Daemon:
    """One daemon, on the loop it was made on. Everything raises DaemonError, and what the daemon's own feed raises."""

    def __init__(self, where: Address, token: str, trust: Trust | None = None) -> None:
        self.where, self._reading = where, Reading()
        self._http = httpx.AsyncClient(
            base_url=f"{where.url}/api/v1/",
            headers={"authorization": f"Bearer {token}"},
            verify=(trust or Trust.public()).context if where.secure else False,
            timeout=httpx.Timeout(ANSWER_S, connect=CONNECT_S),
            trust_env=not where.near,
        )

    async def close(self) -> None:
        await self._http.aclose()

    async def me(self) -> Me:
        """Whose token ours is."""
        answer = await self._asked("GET", "me", None, CONNECT_S)
        told: Me = self._read(answer, Me)
        return told

    async def say(self, name: str, *given: object) -> Any:
        """A word of the feed there, and its answer."""
        word = words()[name]
        answer = await self._asked("POST", f"feed/{name}", spoken(word, given), ANSWER_S)
        return self._read(answer, word.answer)

    async def pictures(self) -> AsyncGenerator[Snapshot, None]:
        """Each new picture, until the line breaks, which raises; called again it goes on where that was."""
        reading, parser = self._reading, Parser()
        try:
            async with aclosing(self._stream(reading.last)) as pieces:
                async for piece in pieces:
                    for message in parser.take(piece):
                        picture = reading.take(message)
                        if picture is not None:
                            yield picture
        except ValueError as error:
            self._reading = Reading()  # what was understood last is not to be built on
            raise self._foreign(error) from error
        raise DaemonUnreachable(f"{self.where.shown}: the daemon ended the stream")

    async def _stream(self, after: str | None) -> AsyncGenerator[bytes, None]:
        headers = {"accept": MEDIA_TYPE, "accept-encoding": "identity"} | (
            {"last-event-id": after} if after else {}
        )
        patience = httpx.Timeout(SILENCE_S, connect=CONNECT_S)
        try:
            async with self._http.stream("GET", "stream", headers=headers, timeout=patience) as answer:
                if not answer.is_success:
                    await answer.aread()
                    raise self._problem(answer)
                if not answer.headers.get("content-type", "").startswith(MEDIA_TYPE):
                    raise DaemonForeign(f"{self.where.shown} answers, but not with a stream")
                async for piece in answer.aiter_bytes():
                    yield piece
        except httpx.HTTPError as error:
            raise self._unreachable(error) from error

    async def _asked(self, method: str, path: str, body: bytes | None, patience: float) -> httpx.Response:
        headers = {"content-type": "application/json"} if body is not None else None
        limit = httpx.Timeout(patience, connect=CONNECT_S)
        try:
            answer = await self._http.request(method, path, content=body, headers=headers, timeout=limit)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise self._unreachable(error) from error
        except httpx.HTTPError as error:
            trouble = self._unreachable(error)
            raise (
                trouble
                if body is None
                else DaemonUnreachable(trouble.message, hint="whether it was done is not known")
            ) from error
        if not answer.is_success:
            raise self._problem(answer)
        return answer

    def _read(self, answer: httpx.Response, hint: Any) -> Any:
        try:
            return decode(answer.content, hint)
        except Unreadable as error:
            raise self._foreign(error) from error

    def _foreign(self, error: ValueError) -> DaemonForeign:
        return DaemonForeign(
            f"{self.where.shown} says what this version does not understand: {error}",
            hint="are both of the same version? `bisonwatch --version` tells",
        )

    def _unreachable(self, error: httpx.HTTPError) -> DaemonUnreachable:
        return DaemonUnreachable(f"{self.where.shown}: {_why(error)}")

    def _problem(self, answer: httpx.Response) -> BisonwatchError:
        """The error that the daemon raised, as far as it says so."""
        told = _object(answer)
        message = clean(str(told.get("detail") or told.get("title") or answer.reason_phrase or "refused"))
        kind = _kinds().get(str(told.get("kind")))
        if kind is not None:
            hint = told.get("hint")
            return kind(message, hint=clean(hint) if isinstance(hint, str) else None)
        if answer.status_code in (401, 403):
            return DaemonBarred(f"{self.where.shown} refuses this token: {message}")
        if answer.status_code in (404, 405) or answer.is_redirect:
            return DaemonForeign(f"{self.where.shown} answers, but has no such route: {message}")
        return DaemonUnreachable(f"{self.where.shown} answers {answer.status_code}: {message}")


def _why(error: httpx.HTTPError) -> str:
    """In the words of the operating system where it has any."""
    if isinstance(error, httpx.TimeoutException):
        return "no answer in time"
    if isinstance(error, httpx.RemoteProtocolError):
        return "it does not speak HTTP here, or broke off; is its address https://?"
    said = str(error)
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.strerror and not said.startswith("[SSL"):
            said = os.strerror(cause.errno) if cause.errno and cause.errno > 0 else cause.strerror
        cause = cause.__cause__ or cause.__context__
    if "CERTIFICATE_VERIFY_FAILED" in said or "certificate verify failed" in said:
        return "its certificate is not accepted"
    if "WRONG_VERSION_NUMBER" in said:
        return "it does not speak TLS; is its address http://?"
    return clean(said).lower() or "the line broke"


def _object(answer: httpx.Response) -> dict[str, Any]:
    try:
        told = answer.json()
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _kinds(of: type[BisonwatchError] = BisonwatchError) -> dict[str, type[BisonwatchError]]:
    """Every error we know, by name."""
    found = {of.__name__: of}
    for kind in of.__subclasses__():
        found |= _kinds(kind)
    return found
