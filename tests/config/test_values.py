"""The kinds of value a setting can have."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bisonwatch.config import values
from bisonwatch.domain.ids import WorkspaceKey


@pytest.mark.parametrize(
    ("text", "value", "back"),
    [
        ("500ms", timedelta(milliseconds=500), "500ms"),
        ("45s", timedelta(seconds=45), "45s"),
        ("60m", timedelta(hours=1), "1h"),
        ("1h30m", timedelta(minutes=90), "1h30m"),
        ("1.5h", timedelta(minutes=90), "1h30m"),
        ("400d", timedelta(days=400), "400d"),
        ("0s", timedelta(), "0s"),
    ],
)
def test_a_duration_is_read_and_written_back(text: str, value: timedelta, back: str) -> None:
    """A duration is read from its text, and written as the shortest text that means the same."""
    assert values.parse_duration(text) == value
    assert values.format_duration(value) == back
    assert values.parse_duration(back) == value


@pytest.mark.parametrize(
    ("value", "said"),
    [("5", "'5'"), (5, "5"), ("5 m", "'5 m'"), ("-5m", "'-5m'"), (None, "null"), ([], "a list")],
)
def test_a_duration_without_its_unit_is_refused(value: object, said: str) -> None:
    """A duration needs a unit, and the message repeats what was written instead."""
    with pytest.raises(ValueError) as caught:
        values.parse_duration(value)
    assert str(caught.value) == f"write a duration with its unit, such as 45s, 5m or 1h30m, not {said}"


@pytest.mark.parametrize(
    ("written", "value", "back"),
    [
        ("512KiB", 524288, "512KiB"),
        ("10MiB", 10485760, "10MiB"),
        ("2GiB", 2147483648, "2GiB"),
        ("10MB", 10_000_000, "10MB"),
        ("1.5 MiB", 1572864, "1536KiB"),
        (1000, 1000, "1KB"),
        ("77", 77, "77B"),
    ],
)
def test_a_size_is_read_and_written_back(written: object, value: int, back: str) -> None:
    """A size is a number of bytes, written in the largest unit that leaves a whole number."""
    assert values.parse_size(written) == value
    assert values.format_size(value) == back
    assert values.parse_size(back) == value


@pytest.mark.parametrize("value", ["10MiBs", "ten", -1, True, None])
def test_an_unreadable_size_is_refused(value: object) -> None:
    """What is no size is refused with examples."""
    with pytest.raises(ValueError, match="write a size with its unit, such as 512KiB, 10MiB or 2GiB, not"):
        values.parse_size(value)


@pytest.mark.parametrize(
    ("written", "value"), [("5%", 0.05), (0.05, 0.05), ("0.05", 0.05), (1, 1.0), ("100%", 1.0)]
)
def test_a_share_is_a_fraction_or_a_percentage(written: object, value: float) -> None:
    """`5%` and `0.05` are the same share."""
    assert values.parse_share(written) == pytest.approx(value)


@pytest.mark.parametrize("written", ["120%", -0.1, 2, "five", True, "nan"])
def test_a_share_outside_of_one_is_refused(written: object) -> None:
    """A share is a number from 0 to 1."""
    with pytest.raises(ValueError):
        values.parse_share(written)


@pytest.mark.parametrize(
    ("check", "sound", "broken"),
    [
        (values.check_cron, "0 3 * * *", "0 25 * * *"),
        (values.check_cron, "*/5 * * * MON-FRI", "daily"),
        (values.check_timezone, "Europe/Berlin", "Europe/Berlim"),
        (values.check_timezone, "UTC", "../etc/passwd"),
        (values.check_url, "https://send.example.com:8443/x", "send.example.com"),
        (values.check_url, "http://[::1]:8080", "https://"),
        (values.check_url, "http://127.0.0.1", "https://a:port"),
        (values.check_network, "10.0.0.0/8", "10.0.0.0/40"),
        (values.check_clock_time, "22:00", "24:00"),
    ],
)
def test_text_of_a_kind_is_kept_or_refused(check: object, sound: str, broken: str) -> None:
    """Cron expressions, time zones, addresses, networks and times of day are kept as written when they are sound."""
    assert callable(check)
    assert check(sound) == sound
    with pytest.raises(ValueError):
        check(broken)


def test_a_workspace_is_written_as_instance_and_id() -> None:
    """`main/12` is a workspace; a bare number is not."""
    assert values.parse_workspace("main/12") == WorkspaceKey("main", 12)
    with pytest.raises(ValueError, match="'12' is not a workspace: write instance/id, such as main/12"):
        values.parse_workspace(12)
