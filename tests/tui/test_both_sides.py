"""Delivery from both sides, and accounts that are held, wherever one workspace is shown."""

from __future__ import annotations

from bisonwatch.domain.snapshot import AccountFigures, WorkspaceRow
from bisonwatch.tui.frame import Puller
from bisonwatch.tui.glyphs import UNICODE
from bisonwatch.tui.lines import plain
from bisonwatch.tui.views.detail import accounts, delivery
from bisonwatch.tui.views.workspace import figures
from tests.tui.support import FakeFeed, HandClock
from tests.tui.world import row, snapshot

NOTHING = row(1, "none", delivery_rate_24h=None, delivery_rate_provider_24h=None, success_rate_24h=None)
BOTH = row(1, "both", delivery_rate_24h=0.95, delivery_rate_provider_24h=0.998, late_provider_24h=1234)
HELD = AccountFigures(40, 40, held=20)


def page(shown: WorkspaceRow) -> str:
    """The figures of its own screen, on one line."""
    frame = Puller(FakeFeed(snapshot()), HandClock(), UNICODE, 0.5, False).pull()
    return " ".join(" ".join(plain(line) for line in figures(shown, frame, 120)).split())


def test_the_detail_tells_both_and_what_is_still_tried() -> None:
    """An unknown side is not told as 0 or 100 %."""
    assert plain(delivery(BOTH)) == "95.0%  provider says 99.8%, 1,234 late  processed 100%"
    assert plain(delivery(NOTHING)) == "–"


def test_the_workspaces_own_screen_says_what_they_mean() -> None:
    """Late is still being tried."""
    told = page(BOTH)
    assert "delivery 95.0% events a webhook brought within 10 min, over 24 h" in told
    assert "theirs 99.8% the same by the provider's own record; 1,234 late, still being tried" in told
    assert "theirs – the same by the provider's own record processed" in page(NOTHING)


def test_accounts_that_are_held_stand_beside_the_others() -> None:
    """They are still counted: nobody has removed them."""
    shown = row(1, "held", accounts=HELD)
    assert plain(accounts(shown)) == "40 of 40 connected  20 held"
    assert "e-mail accounts connected; 20 held: not met by the last complete walk, and kept" in page(shown)
