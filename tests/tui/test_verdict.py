"""Is the mirror right, and what is being done about it: the sentence on top."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import timedelta

from bisonwatch.domain import absence, drift, subscription
from bisonwatch.domain.health import Health
from bisonwatch.domain.snapshot import AlertRow, Snapshot
from bisonwatch.domain.stuck import Stuck
from bisonwatch.health.rules.freshness import Limits, Signs, judge
from bisonwatch.tui.frame import Frame, Puller
from bisonwatch.tui.glyphs import UNICODE
from bisonwatch.tui.lines import plain
from bisonwatch.tui.views.header import header_lines
from bisonwatch.tui.views.verdict import Verdict, verdict, verdict_lines
from tests.tui.support import FakeFeed, HandClock
from tests.tui.world import NOW, ago, first_snapshot, quiet_snapshot, row, snapshot

SILENCE = "webhook_silence"


def frame(shown: Snapshot) -> Frame:
    return Puller(FakeFeed(shown), HandClock(), UNICODE, 0.5, False).pull()


def said(shown: Snapshot) -> Verdict:
    return verdict(frame(shown))


def test_behind_names_the_latest_and_the_deed() -> None:
    """The worst lag first, and what is already done about it."""
    found = said(snapshot())
    assert found.headline == "Mirror is behind in 3 of 27 workspaces"
    assert found.detail.startswith("worst acme-outbound 3m12s: 38 events missed")
    assert found.doing.startswith("acme-outbound: polling every minute; 31 of 38 applied")
    assert "resync of northwind-eu 25 %" in found.doing
    assert found.role == "crit"


def test_all_verified_is_right() -> None:
    """With the oldest check, and what comes next."""
    found = said(quiet_snapshot())
    assert (found.headline, found.role) == ("Mirror is right", "ok")
    assert found.detail == "25 of 25 workspaces verified, the oldest check 2m ago"
    assert found.doing == "polling every 1m to 5m · next discover in 3m"


def test_could_not_tell_is_not_right() -> None:
    """One unknown workspace is enough."""
    blind = row(30, "blind", Health.UNKNOWN, lag_known=False, reason="no answer")
    found = said(replace(quiet_snapshot(), workspaces=(*quiet_snapshot().workspaces, blind)))
    assert (found.headline, found.role) == ("Cannot tell for 1 of 26 workspaces", "unknown")
    assert found.detail == "blind: no answer"


def test_the_first_verification_is_no_trouble() -> None:
    """After a start it takes its time; a provider that does not answer is another matter."""
    limits = Limits(*(timedelta(minutes=1) for _ in fields(Limits)))
    signs = Signs(True, None, None, 0, None, None, None)
    reason = judge(signs, limits, NOW).reason
    fresh = [
        row(40 + i, f"new-{i}", Health.UNKNOWN, lag_known=False, verified_at=None, reason=reason)
        for i in range(2)
    ]
    calm = quiet_snapshot()
    found = said(replace(calm, workspaces=(*calm.workspaces, *fresh)))
    assert (found.headline, found.role) == ("Verifying: 25 of 27 workspaces", "soft")
    blind = replace(fresh[1], reason="the provider could not be asked since 14:00: no answer")
    found = said(replace(calm, workspaces=(*calm.workspaces, fresh[0], blind)))
    assert (found.headline, found.role) == ("Cannot tell for 2 of 27 workspaces", "unknown")


def alarmed(rule: str, **more: object) -> Snapshot:
    """One workspace breaks one rule, while a delivery is on its way to it."""
    calm, hour = quiet_snapshot(), ago(hours=1)
    values = {"reason": "so it is", "doing": "something", "lag_from": ago(seconds=1)}
    bad = row(30, "bad", Health.WARNING, **{**values, **more})
    alert = AlertRow(rule, bad.key, bad.name, "warning", hour, "so it is", acknowledged=False)
    return replace(calm, workspaces=(*calm.workspaces, bad), alerts=(alert,))


def test_what_is_wrong_beside_freshness_does_not_make_the_mirror_late() -> None:
    """A subscription that is gone, a canary that is lost, accounts that are held: what is on its way is no lag."""
    for rule in (absence.RULE, subscription.RULE, subscription.CANARY_RULE):
        found = said(alarmed(rule))
        assert found.headline == "Mirror is complete, but 1 of 26 workspaces needs a look"
        assert (found.role, found.doing) == ("warn", "bad: something")
    assert said(alarmed(SILENCE)).headline == "Mirror is behind in 1 of 26 workspaces"


def test_numbers_that_differ_are_not_called_complete() -> None:
    """The provider reports something else than we counted."""
    found = said(alarmed(drift.RULE))
    assert found.headline == "Numbers differ from the provider's in 1 of 26 workspaces"
    assert (found.role, found.detail) == ("warn", "bad: so it is")


def test_a_warning_does_not_hide_that_nobody_could_ask() -> None:
    """Could-not-tell never looks complete."""
    found = said(alarmed(subscription.RULE, lag_known=False))
    assert found.headline == "Cannot tell for 1 of 26 workspaces"
    assert found.role == "warn"


def test_complete_but_alarming_says_both() -> None:
    """Disconnected accounts do not make the mirror wrong."""
    lost = row(30, "lost", Health.WARNING, reason="2 accounts disconnected")
    found = said(replace(quiet_snapshot(), workspaces=(*quiet_snapshot().workspaces, lost)))
    assert found.headline == "Mirror is complete, but 1 of 26 workspaces needs a look"
    assert found.detail == "lost: 2 accounts disconnected"


def test_nothing_is_right_while_deliveries_wait_or_the_picture_is_old() -> None:
    """Green workspaces alone are no proof."""
    calm = quiet_snapshot()
    late = replace(calm.inbox, pending=1204, slope=-38.4, oldest_pending_at=ago(minutes=3))
    found = said(replace(calm, inbox=late))
    assert (found.headline, found.role) == ("Mirror is catching up", "warn")
    assert found.detail == "1,204 deliveries wait, the oldest for 3m00s"
    assert found.doing == "draining -38/s, empty in ~31s"
    assert said(replace(calm, at=ago(seconds=12))).headline == "Cannot tell"
    broken = replace(calm, database=replace(calm.database, ok=False))
    assert said(broken).headline == "Database does not answer"
    spooled = replace(calm, inbox=replace(calm.inbox, spooled=1204))
    assert said(spooled).detail == "1,204 deliveries in the spool, not yet in the database"
    stuck = replace(calm, inbox=replace(calm.inbox, spooled=2, stuck=Stuck(2, "value 5 is out of range", 1)))
    assert said(stuck).headline == "Deliveries in the spool wait for you"
    assert said(stuck).detail == (
        "2 deliveries are refused and set aside in the spool, the newest since value 5 is out of range; "
        "`bisonwatch db spool list` shows them · "
        "1 delivery is in the spool for another database.url; `bisonwatch db spool adopt` hands it over"
    )
    alert = replace(snapshot().alerts[0], workspace=None, reason="disk is full")
    found = said(replace(calm, alerts=(alert,)))
    assert (found.headline, found.detail) == ("Mirror is right, but bisonwatch needs a look", "disk is full")


def test_while_the_database_is_away_nothing_else_is_told() -> None:
    """Not even that workspaces are behind; what becomes of deliveries stands beside it."""
    away = replace(snapshot(), database=replace(snapshot().database, ok=False))
    told = replace(away, reasons=("the database does not answer", "3 deliveries are spooled"))
    assert (said(told).headline, said(told).detail) == (
        "Database does not answer",
        "3 deliveries are spooled",
    )
    assert said(replace(told, workspaces=())).headline == "Database does not answer"


def test_no_engine_says_since_when() -> None:
    """Figures of a dead engine are not passed off as live."""
    dead = replace(snapshot(), started_at=None, engine_seen_at=ago(minutes=12))
    assert said(dead).headline == "No engine lives since 13:51 UTC (12m ago)"
    assert "NO ENGINE since 13:51 (12m)" in plain(header_lines(frame(dead), 120, 1)[0])
    never = replace(dead, engine_seen_at=None)
    assert "there never was one" in said(never).headline


def test_before_the_first_snapshot_it_waits() -> None:
    """Nothing is judged, nothing is 0."""
    assert said(first_snapshot()).headline == "Waiting for the first snapshot"
    header = plain(header_lines(frame(first_snapshot()), 120, 1)[0])
    assert "WAITING" in header
    assert "score –" in header


def test_no_workspaces_yet_is_explained() -> None:
    """A fresh start is not an error."""
    assert said(replace(snapshot(), workspaces=())).headline == "No workspaces yet"


def test_the_screen_tells_its_age() -> None:
    """LIVE, then STALE past three intervals, in reverse."""
    assert frame(snapshot()).freshness.text == " LIVE 0.4s "
    old = frame(replace(snapshot(), at=ago(seconds=12)))
    assert (old.freshness.text, old.freshness.role) == (" STALE 12s ", "badge-crit")


def test_paused_counts_what_arrives() -> None:
    """The view holds still, ages included; the wall clock goes on."""
    feed, clock = FakeFeed(), HandClock()
    puller = Puller(feed, clock, UNICODE, 0.5, False)
    puller.pause(True)
    clock.move(60)
    feed.shown = replace(feed.shown, number=8, inbox=replace(feed.shown.inbox, processed=1_205_224))
    held = puller.pull()
    assert held.freshness.text == " PAUSED +1,204 events "
    assert (held.snapshot.number, held.now) == (7, NOW)
    assert (held.wall - NOW).total_seconds() == 60
    puller.pause(False)
    assert puller.pull().snapshot.number == 8


def test_no_line_is_wider_than_the_screen() -> None:
    """At any width, in one line or two."""
    for room in (20, 40, 80, 120, 200):
        for height in (1, 2):
            for line in [
                *verdict_lines(frame(snapshot()), room, height),
                *header_lines(frame(snapshot()), room, 1),
            ]:
                assert len(plain(line)) <= room
