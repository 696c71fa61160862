from __future__ import annotations

from bisonwatch.ingest import attempts
from bisonwatch.ingest.attempts import FailedAttempts


def test_a_minute_starts_with_its_first_failure() -> None:
    """Twenty failures are allowed in the minute after the first; then the count starts anew."""
    failed = FailedAttempts()
    assert [failed.too_many("a", float(second)) for second in range(21)] == [False] * 20 + [True]
    assert failed.too_many("a", 59.9)
    assert not failed.too_many("a", 60.0)


def test_memory_is_bounded() -> None:
    """Of more addresses than are kept, the one that failed longest ago is forgotten."""
    failed = FailedAttempts()
    for _ in range(attempts.ALLOWED):
        failed.too_many("first", 0.0)
        failed.too_many("second", 0.0)
    for number in range(attempts.ADDRESSES - 1):
        failed.too_many(f"other {number}", 1.0)
    assert failed.too_many("second", 2.0)
    assert not failed.too_many("first", 2.0)


def test_an_ipv6_caller_is_its_network() -> None:
    """It fails from another address each time, and is one caller all the same; an IPv4 address in IPv6's clothes is its own."""
    failed = FailedAttempts()
    said = [failed.too_many(f"2001:db8:0:7::{number:x}", 0.0) for number in range(1, 25)]
    assert said == [False] * attempts.ALLOWED + [True] * 4
    assert not failed.too_many("2001:db8:0:8::1", 0.0)
    for number in range(1, 25):
        assert not failed.too_many(f"::ffff:203.0.113.{number}", 0.0)
