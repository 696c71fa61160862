"""Forwarding headers: believed of configured proxies, and of their own word only."""

from __future__ import annotations

from typing import Any

import pytest

from bisonwatch.engine.forwarded import Forwarded, address, client_of, truster

PROXIES = ("10.0.0.0/8", "192.0.2.7", "fd00::1", "127.0.0.1")
GARBAGE = "no address"


async def seen(peer: str, *headers: tuple[str, str], proxies: tuple[str, ...] = PROXIES) -> tuple[Any, str]:
    """Client and scheme, as the application hears of them."""
    heard: list[tuple[Any, str]] = []

    async def app(scope: Any, _receive: Any, _send: Any) -> None:
        heard.append((scope["client"] and scope["client"][0], scope["scheme"]))

    scope = {
        "type": "http",
        "client": (peer, 4711),
        "scheme": "http",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers],
    }
    await Forwarded(app, proxies)(scope, None, None)
    return heard[0]


FOR, PROTO = "x-forwarded-for", "x-forwarded-proto"


@pytest.mark.parametrize(
    ("chain", "client"),
    [
        (["203.0.113.9"], "203.0.113.9"),
        (["127.0.0.1, 203.0.113.9"], "203.0.113.9"),  # what the caller wrote himself stands before
        (["198.51.100.1, 203.0.113.9, 10.1.1.1, 192.0.2.7"], "203.0.113.9"),
        (["127.0.0.1", "203.0.113.9"], "203.0.113.9"),  # a proxy that adds a line of its own
        (["203.0.113.9:50123"], "203.0.113.9"),
        (["[2001:db8::9]:50123"], "2001:db8::9"),
        (["2001:DB8:0::9"], "2001:db8::9"),
        (["::ffff:203.0.113.9"], "203.0.113.9"),
        (["203.0.113.9, unknown"], None),
        (["203.0.113.9, _hidden"], None),
        (["203.0.113.9, "], None),
        (["203.0.113.9, 999.1.1.1"], None),
        (["localhost"], None),
        ([""], None),
        ([], None),
        (["10.1.1.1, 10.2.2.2"], None),  # our proxies among themselves
        (["203.0.113.9" + ", 10.1.1.1" * 20], None),  # a chain without end
        (["1" * 5000], None),
        (["\x00\xff, é"], None),
    ],
)
async def test_the_last_address_that_is_not_ours_is_the_client(chain: list[str], client: str | None) -> None:
    """Read from the right; where no address stands there nobody is known, and what stands before it is not asked."""
    assert (await seen("10.0.0.1", *((FOR, value) for value in chain)))[0] == client


@pytest.mark.parametrize("peer", ["203.0.113.5", "2001:db8::5", "192.0.2.8", "unix"])
@pytest.mark.parametrize("header", [FOR, PROTO])
async def test_nobody_else_is_believed(peer: str, header: str) -> None:
    """The connection's own address and scheme stay, whatever the headers say."""
    value = {FOR: "127.0.0.1", PROTO: "https"}[header]
    assert await seen(peer, (header, value)) == (peer, "http")
    assert await seen("127.0.0.1", (header, value), proxies=("10.0.0.0/8",)) == ("127.0.0.1", "http")


@pytest.mark.parametrize("peer", ["10.9.9.9", "192.0.2.7", "fd00::1", "fd00:0::1", "::ffff:10.9.9.9"])
async def test_a_proxy_is_known_however_its_address_is_written(peer: str) -> None:
    """Of both families, and as an IPv4 address on a socket of IPv6."""
    assert await seen(peer, (FOR, "203.0.113.9"), (PROTO, "https")) == ("203.0.113.9", "https")


@pytest.mark.parametrize("values", [["javascript"], ["https, http"], ["http", "https"], ["HTTPS"], [""]])
async def test_a_scheme_that_is_none_changes_nothing(values: list[str]) -> None:
    """Nor do two."""
    found = await seen("10.0.0.1", (FOR, "203.0.113.9"), *((PROTO, value) for value in values))
    assert found == ("203.0.113.9", "http")


def test_a_network_may_be_written_by_an_address_in_it() -> None:
    """As the configuration takes it; what is too long to be an address is not even looked at."""
    trusted = truster(["10.1.2.3/8"])
    assert (trusted("10.200.0.1"), trusted("11.0.0.1"), trusted("1" * 64)) == (True, False, False)
    assert client_of([b"10.1.1.1"], truster([])) == "10.1.1.1"
    assert (address(GARBAGE), address("[::1"), str(address(" 192.0.2.1 "))) == (
        None,
        address("::1"),
        "192.0.2.1",
    )
