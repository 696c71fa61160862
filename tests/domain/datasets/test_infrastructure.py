"""Mailboxes summed up."""

from __future__ import annotations

from typing import cast

from bisonwatch.domain.account import AccountStatus
from bisonwatch.domain.clean import clean
from bisonwatch.domain.dataset import DatasetName
from bisonwatch.domain.datasets import infrastructure
from bisonwatch.domain.datasets.infrastructure import LISTED, Group, Infrastructure, Inventory, Lost, Warmup
from tests.domain.datasets.examples import INVENTORY, MADE, NOON, NORTHWIND, lot

EXAMPLE = cast(Infrastructure, MADE[DatasetName.INFRASTRUCTURE].value)


def of(found: Inventory) -> Infrastructure:
    return cast(Infrastructure, infrastructure.make(NORTHWIND, found).value)


def test_all_of_them_by_hand() -> None:
    """60 + 40 connected and 2 not; sent 24,000 + 16,000 + 800, replied 240 + 96 + 4, bounced 120 + 160 + 40; 340 and 320 by 40,800."""
    rates = (0.019608, 0.008333, 0.007843)
    assert EXAMPLE.accounts == Group(None, 102, 100, 2, 2500, 40_800, 340, 320, *rates)
    assert (EXAMPLE.removed, EXAMPLE.held) == (5, 1)


def test_groups_by_hand() -> None:
    """Google has the two that are lost; who came through no reseller stands last."""
    google = Group("google", 62, 60, 2, 1500, 24_800, 244, 160, 0.032258, 0.009839, 0.006452)
    microsoft = Group("microsoft", 40, 40, 0, 1000, 16_000, 96, 160, 0.0, 0.006, 0.01)
    assert EXAMPLE.providers == (google, microsoft)
    assert [group.name for group in EXAMPLE.resellers] == ["Mailforge", None]


def test_warm_up_by_hand() -> None:
    """100 on, 2 off; those that are gone are not asked."""
    assert EXAMPLE.warmup == Warmup(100, 2, 0, 98, 96.25, 1, INVENTORY.warmed_at)


def test_the_lost_are_named_to_a_bound() -> None:
    """A hundred of 250; the number is told whole."""
    many = tuple(Lost(n, f"a{n}@x.example", "google", None, NOON) for n in range(250))
    found = of(Inventory([lot(AccountStatus.DISCONNECTED, 250)], many))
    assert (len(found.disconnected), found.accounts.disconnected) == (LISTED, 250)


def test_nothing_read_is_said() -> None:
    """No account, no rate, and a sentence."""
    made = infrastructure.make(NORTHWIND, Inventory())
    found = cast(Infrastructure, made.value)
    assert (found.accounts.accounts, found.accounts.reply_rate, found.as_of) == (0, None, None)
    assert len(made.warnings) == 1


def test_hostile_names_are_only_text() -> None:
    """An escape sequence, a right-to-left override and five thousand letters, in tags and addresses; two that become one are one group."""
    evil = "\x1b[31m\u202egoogle" + "x" * 5000
    lots = [lot(provider=evil, reseller=evil), lot(provider=evil + "\u200b", reseller="\x00")]
    found = of(Inventory(lots, (Lost(1, evil, evil, evil, NOON),)))
    (group,) = found.providers
    assert (group.name, group.accounts) == (clean(evil), 2)
    assert [group.name for group in found.resellers] == [clean(evil), None]
    assert found.disconnected[0].email == clean(evil)
