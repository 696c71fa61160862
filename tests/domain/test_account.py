from __future__ import annotations

import pytest

from bisonwatch.domain.account import AccountStatus, provider_of, reply_rate, reseller_of, status_of
from bisonwatch.domain.event import (
    SUBSCRIBABLE,
    BlacklistEvent,
    EventType,
    Header,
    TagEvent,
    UnknownEvent,
    subject_of,
)
from bisonwatch.domain.health import Health
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.workspace import display_name
from tests.support.news import NORTHWIND

TAGS = {"google": ["Google", "Gmail"], "microsoft": ["Outlook"]}


@pytest.mark.parametrize("word", ["connected", " Connected ", "CONNECTED"])
def test_only_connected_is_connected(word: str) -> None:
    """In any case; every other word, or none, is broken."""
    assert status_of(word) is AccountStatus.CONNECTED


@pytest.mark.parametrize("word", [None, "", "Not connected", "disconnected", "error", 7])
def test_anything_else_is_not(word: str | None) -> None:
    assert status_of(word) is AccountStatus.DISCONNECTED


@pytest.mark.parametrize(
    ("kind", "tags", "expected"),
    [
        ("imap", ["gmail"], "google"),
        ("google_workspace_oauth", ["OUTLOOK"], "microsoft"),
        ("Google_oauth", [], "google"),
        ("microsoft_oauth", ["x"], "microsoft"),
        ("imap", [], "other"),
        ("", [], "other"),
    ],
)
def test_the_provider(kind: str, tags: list[str], expected: str) -> None:
    """A configured tag decides, else the account's type."""
    assert provider_of(kind, tags, TAGS) == expected


def test_the_reseller() -> None:
    """The first configured one whose tag is there."""
    assert reseller_of(["b", "A"], ["a", "b"]) == "a"
    assert reseller_of([], ["a"]) is None


def test_an_unknown_rate_is_unknown() -> None:
    """Nothing sent is no rate, not 0."""
    assert (reply_rate(0, 0), reply_rate(-1, 5), reply_rate(4, 1), reply_rate(4, 0)) == (
        None,
        None,
        0.25,
        0.0,
    )


def test_health_is_ordered() -> None:
    """Worst first, healthy and idle alike; only two of them alarm."""
    assert sorted(Health, key=lambda health: health.severity) == list(Health)
    assert Health.HEALTHY.severity == Health.IDLE.severity
    assert [health for health in Health if health.alarming] == [Health.CRITICAL, Health.WARNING]


def test_a_taken_name_gets_the_key() -> None:
    key = WorkspaceKey("main", 12)
    assert (display_name("Desk", key, taken=False), display_name("Desk", key, taken=True)) == (
        "Desk",
        "Desk (main/12)",
    )


def test_whom_an_event_is_about() -> None:
    """For people: what was tagged, what was blocked; nothing where nobody is named."""
    head = Header(NORTHWIND, None, "x")
    assert subject_of(TagEvent(head, 9, "Hot", 7, "Lead")) == "Hot on Lead 7"
    assert subject_of(TagEvent(head, 9, None, None, None)) == "9 on ?"
    assert subject_of(BlacklistEvent(head, "x.example")) == "x.example"
    assert (subject_of(BlacklistEvent(head, None)), subject_of(UnknownEvent(head))) == ("", "")


def test_what_can_be_subscribed() -> None:
    """The provider's 17 types, none of the six that only its log tells."""
    assert len(SUBSCRIBABLE) == 17
    assert [kind.value for kind in EventType if kind not in SUBSCRIBABLE] == [
        "email_send_failed",
        "manual_email_send_failed",
        "blacklisted_email_added",
        "blacklisted_email_removed",
        "blacklisted_domain_added",
        "blacklisted_domain_removed",
    ]
