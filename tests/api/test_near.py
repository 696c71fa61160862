"""Without a token only who asks straight from this machine: no header, name or proxy makes another one of it."""

from __future__ import annotations

import httpx
import pytest

from bisonwatch.engine.forwarded import Forwarded
from tests.api.conftest import VIEWER, Desk

pytestmark = pytest.mark.asyncio(loop_scope="module")

OPEN = ["/metrics", "/livez", "/readyz"]


async def asked(
    desk: Desk, peer: str, *, proxies: tuple[str, ...] = (), path: str = "/metrics", **headers: str
) -> int:
    """The answer's status, as a server with these proxies gives it."""
    app = desk.told.engine.api.app
    line = httpx.ASGITransport(Forwarded(app, proxies) if proxies else app, client=(peer, 50000))
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    async with httpx.AsyncClient(transport=line, base_url="http://127.0.0.1:8788") as client:
        return (await client.get(path, headers=given)).status_code


@pytest.mark.parametrize("path", OPEN)
@pytest.mark.parametrize("peer", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
async def test_this_machine_is_let_in(desk: Desk, path: str, peer: str) -> None:
    """By every address that only itself has."""
    assert await asked(desk, peer, path=path) == 200


@pytest.mark.parametrize(
    "name", ["localhost", "localhost:8788", "127.0.0.1:8788", "[::1]:8788", "[::1]", "127.0.0.9"]
)
async def test_its_own_names_are_no_matter(desk: Desk, name: str) -> None:
    """With a port or without."""
    assert await asked(desk, "127.0.0.1", host=name) == 200


@pytest.mark.parametrize(
    "name",
    [
        "api.example",
        "api.example:8788",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "[::2]:80",
        "x[::1]",
    ],
)
async def test_by_another_name_it_was_led_here(desk: Desk, name: str) -> None:
    """By a proxy that keeps the name, or by a page whose name points to 127.0.0.1 since a minute."""
    assert await asked(desk, "127.0.0.1", host=name) == 401


@pytest.mark.parametrize("path", OPEN)
@pytest.mark.parametrize(
    "header",
    [
        {"x_forwarded_for": "203.0.113.9"},
        {"x_forwarded_for": "127.0.0.1"},
        {"x_forwarded_for": ""},
        {"x_forwarded_proto": "https"},
        {"x_forwarded_host": "localhost"},
        {"x_real_ip": "127.0.0.1"},
        {"forwarded": "for=127.0.0.1"},
        {"via": "1.1 proxy"},
    ],
    ids=lambda header: next(iter(header)),
)
async def test_what_a_local_proxy_passes_on_is_not_of_this_machine(
    desk: Desk, path: str, header: dict[str, str]
) -> None:
    """Though nobody named it in `api.trusted_proxies`: it asks from loopback for the whole world."""
    assert await asked(desk, "127.0.0.1", path=path, **header) == 401
    assert await asked(desk, "127.0.0.1", path=path, **header, authorization=f"Bearer {VIEWER}") == 200


@pytest.mark.parametrize("spoofed", ["127.0.0.1", "::1", "localhost", "127.0.0.1, 127.0.0.1", "unknown"])
@pytest.mark.parametrize("proxies", [(), ("10.0.0.0/8",), ("127.0.0.1",), ("127.0.0.0/8", "10.0.0.0/8")])
async def test_no_header_makes_a_caller_local(desk: Desk, spoofed: str, proxies: tuple[str, ...]) -> None:
    """Whoever is trusted: straight, through a proxy that appends whom it asks for, or through one that passes on what it got."""
    for peer in ("203.0.113.9", "10.1.1.1", "127.0.0.1"):
        for chain in (spoofed, f"{spoofed}, 203.0.113.9"):
            assert await asked(desk, peer, proxies=proxies, x_forwarded_for=chain) == 401


async def test_an_address_named_as_a_proxy_is_never_this_machine(desk: Desk) -> None:
    """A proxy that does not say for whom it asks: Prometheus beside it needs a token."""
    assert await asked(desk, "127.0.0.1", proxies=("127.0.0.1",)) == 401
    assert await asked(desk, "127.0.0.1", proxies=("10.0.0.0/8",)) == 200


@pytest.mark.parametrize("path", OPEN)
async def test_probes_answer_head_and_are_never_kept(desk: Desk, path: str) -> None:
    """A balancer's HEAD is a GET without its body, and no cache in between answers for us."""
    got, head = await desk.local.get(path), await desk.local.head(path)
    assert (head.status_code, head.content) == (got.status_code, b"")
    assert got.headers["cache-control"] == head.headers["cache-control"] == "no-store"
