"""Every answer that is not good, as an error of ours that a person can act on."""

from __future__ import annotations

import httpx
import pytest

from bisonwatch.errors import (
    KeyRejected,
    ProviderBusy,
    ProviderError,
    ProviderUnreachable,
    RecordElsewhere,
    RecordMissing,
    RequestRefused,
    RouteMissing,
)
from tests.clients.provider import KEY, Provider, answer, rest

WHERE = "send.harborline.example GET /api/users: "
CASES: list[tuple[str, int, type[ProviderError], str]] = [
    ("error.400.business", 400, RequestRefused, "400: Lead is already blacklisted"),
    ("error.401", 401, KeyRejected, "401: Unauthenticated."),
    ("error.401.wrapped", 401, KeyRejected, "401: Unauthenticated."),
    (
        "error.403.other-workspace",
        403,
        RecordElsewhere,
        "403: This action is unauthorized. The api key does not match the workspace the record is on.",
    ),
    ("error.404.record", 404, RecordMissing, "404: Record not found."),
    ("error.404.route", 404, RouteMissing, "404: The route api/webhooks could not be found."),
    (
        "error.405",
        405,
        RequestRefused,
        "405: The POST method is not supported for route api/webhook-events/sample-payload. "
        "Supported methods: GET, HEAD.",
    ),
    ("error.422.bare", 422, RequestRefused, "422: The read field is required."),
    (
        "error.422.not-attached",
        422,
        RequestRefused,
        "422: No leads were added because they are either in other sequences, have previously bounced, or unsubscribed",
    ),
    ("error.422.page-cap", 422, RequestRefused, "422: Page limit reached. Use cursor pagination."),
    ("error.422.wrapped", 422, RequestRefused, "422: The start date field is required."),
    ("error.429", 429, ProviderBusy, "too many requests: rate_limited"),
    ("error.429.framework", 429, ProviderBusy, "too many requests: Too Many Attempts."),
    ("error.500", 500, ProviderUnreachable, "answered 500: Server Error"),
    (
        "sequence-steps.missing.200",
        200,
        RequestRefused,
        "refused: Sequence steps do not exist for Optometrists FI - draft",
    ),
]


@pytest.mark.parametrize(("name", "status", "error", "message"), CASES, ids=[case[0] for case in CASES])
async def test_a_bad_answer_is_an_error_of_ours(
    name: str, status: int, error: type[ProviderError], message: str
) -> None:
    """The error's class says what to do, its message names host, route and the provider's own words."""
    provider = Provider([answer(rest(name), status)])
    with pytest.raises(ProviderError) as caught:
        await provider.client.whoami()
    assert type(caught.value) is error
    assert caught.value.message == WHERE + message


@pytest.mark.parametrize(
    ("reply", "error", "message"),
    [
        (answer(b"<html>Bad Gateway</html>", 502), ProviderUnreachable, "answered 502"),
        (answer(b"<html>login</html>"), ProviderUnreachable, "answered 200 with something that is not JSON"),
        (answer(b"[1]"), ProviderUnreachable, "answered 200 with something that is not JSON"),
        (answer(b"<html>no such page</html>", 404), RouteMissing, "404"),
        (answer(b"", 301, location="https://elsewhere.example"), RequestRefused, "301, redirects elsewhere"),
        (httpx.ConnectError("boom"), ProviderUnreachable, "cannot connect"),
        (httpx.ConnectTimeout("boom"), ProviderUnreachable, "cannot connect"),
        (httpx.ReadTimeout("boom"), ProviderUnreachable, "no answer within 45 s"),
        (httpx.RemoteProtocolError(KEY), ProviderUnreachable, "the connection broke (RemoteProtocolError)"),
    ],
)
async def test_a_broken_exchange_is_an_error_of_ours(
    reply: httpx.Response | Exception, error: type[ProviderError], message: str
) -> None:
    """HTML, redirects, time-outs and broken connections are told apart, in our words."""
    with pytest.raises(ProviderError) as caught:
        await Provider([reply]).client.whoami()
    assert type(caught.value) is error
    assert caught.value.message == WHERE + message


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"data": {"record_not_found": {"campaign": "999999"}}}, RecordMissing),
        ({"data": {"record_not_found": {"lead": "eve@example.com"}}}, RecordMissing),
        ({"data": {"record_not_found": {"campaign": "v1.1"}}}, RouteMissing),
        ({"message": "No query results for model [SenderEmail] 7"}, RecordMissing),
        ({"message": ""}, RouteMissing),
    ],
)
async def test_a_mistyped_path_is_no_missing_record(
    body: dict[str, object], error: type[ProviderError]
) -> None:
    """Only a 404 that names an id or an address says that an object is gone."""
    with pytest.raises(ProviderError) as caught:
        await Provider([answer(body, 404)]).client.whoami()
    assert type(caught.value) is error


async def test_the_key_is_never_in_a_message() -> None:
    """Not even when the provider quotes it, nor when it cannot be sent."""
    provider = Provider([answer({"message": f"token {KEY} unknown\x1b[0m"}, 401)])
    with pytest.raises(KeyRejected) as caught:
        await provider.client.whoami()
    assert caught.value.message == WHERE + "401: token ••• unknown [0m"
    provider.client._caller._key = "41|line\nbreak"
    with pytest.raises(KeyRejected, match="holds characters that no key has") as caught:
        await provider.client.whoami()
    assert "break" not in caught.value.message
    assert len(provider.asked) == 1


async def test_the_request_carries_key_and_manners() -> None:
    """Bearer key, JSON wanted, our name, and no doubled slash."""
    provider = Provider([answer(rest("users.live-workspace"))])
    await provider.client.whoami()
    (request,) = provider.asked
    assert str(request.url) == "https://send.harborline.example/api/users"
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.headers["accept"] == "application/json"
    assert request.headers["user-agent"].startswith("bisonwatch/")


async def test_an_empty_answer_is_not_an_empty_list() -> None:
    """A list that did not come must not look like a workspace that has nothing."""
    for body in (b"", b"{}", b'{"data":null}', b'{"data":{}}'):
        with pytest.raises(ProviderUnreachable, match="answered without a list"):
            await Provider([answer(body)]).client.subscriptions.all()
    with pytest.raises(ProviderUnreachable, match="cannot be read: id"):
        await Provider([answer(b"")]).client.whoami()


async def test_an_empty_answer_to_a_command_is_good() -> None:
    """Deletes may be answered by nothing at all."""
    for reply in (answer(b""), answer(b"", 204), answer(rest("webhook-url.deleted"))):
        provider = Provider([reply])
        await provider.client.subscriptions.delete(112)
        assert (provider.asked[0].method, provider.asked[0].url.path) == ("DELETE", "/api/webhook-url/112")
