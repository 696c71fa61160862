"""Where a daemon is, and where a token may go."""

from __future__ import annotations

import pytest

from bisonwatch.clients.address import address
from bisonwatch.errors import CallError


@pytest.mark.parametrize(
    ("text", "url", "shown"),
    [
        ("http://127.0.0.1:8788", "http://127.0.0.1:8788", "127.0.0.1:8788"),
        ("localhost:8788", "http://localhost:8788", "localhost:8788"),
        (" http://[::1]:8788/ ", "http://[::1]:8788", "[::1]:8788"),
        ("https://mirror.example", "https://mirror.example", "mirror.example"),
        ("https://mirror.example/bison/", "https://mirror.example/bison", "mirror.example"),
    ],
)
def test_an_address_may_be_written_in_several_ways(text: str, url: str, shown: str) -> None:
    """With a proxy's prefix, without a scheme, as IPv6."""
    found = address(text)
    assert (found.url, found.shown) == (url, shown)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("ftp://mirror.example", "'ftp://mirror.example' is no address of a daemon"),
        ("http://", "'http://' is no address of a daemon"),
        ("http://a b", "'http://a b' is no address of a daemon"),
        ("http://127.0.0.1:99999", "'http://127.0.0.1:99999' is no address"),
        ("http://[::1", "'http://[::1' is no address"),
        ("https://me:secret@mirror.example", "the address has a user, a query or a fragment in it"),
        ("https://mirror.example/?token=x", "the address has a user, a query or a fragment in it"),
    ],
)
def test_what_is_no_address_is_refused(text: str, why: str) -> None:
    """Also one with a secret in it, which is not repeated."""
    with pytest.raises(CallError) as refused:
        address(text)
    assert refused.value.message.startswith(why)
    assert "secret" not in str(refused.value)


def test_a_token_travels_encrypted_or_not_at_all() -> None:
    """But on this machine, and where the operator says that the way is safe."""
    with pytest.raises(CallError) as refused:
        address("http://mirror.example:8788")
    assert refused.value.message == "the token would travel to mirror.example:8788 unencrypted"
    assert not address("http://mirror.example:8788", insecure=True).near
    assert address("http://127.9.9.9:1").near
