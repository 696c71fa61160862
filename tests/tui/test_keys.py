"""Commands and their keys."""

from __future__ import annotations

from itertools import combinations

import pytest

from bisonwatch.tui.commands.command import keys_of
from bisonwatch.tui.commands.registry import ALL, BY_ID
from bisonwatch.tui.keys import check
from tests.tui.support import drawn, main, running, toasts


def test_no_two_commands_share_an_id_or_a_key() -> None:
    """As shipped."""
    assert len(BY_ID) == len(ALL)
    for first, second in combinations(ALL, 2):
        assert not set(first.keys) & set(second.keys)


def test_every_command_explains_itself() -> None:
    """Help and palette are made of these words."""
    assert all(command.name and command.help and command.keys for command in ALL)


@pytest.mark.parametrize(
    ("keymap", "problem"),
    [
        ({"ws.rsync": "f5"}, "there is no command 'ws.rsync'"),
        ({"ws.resync": "banana"}, "'banana' is not a key"),
        ({"ws.resync": "ctrl+i"}, "terminals send it as Tab"),
        ({"ws.resync": ""}, "names no key"),
        ({"ws.resync": "q"}, "belongs to app.quit"),
    ],
)
def test_a_bad_remapping_is_told_and_left_out(keymap: dict[str, str], problem: str) -> None:
    """Textual would take it in silence."""
    good, warnings = check(keymap, ALL)
    assert good == {}
    assert len(warnings) == 1
    assert problem in warnings[0]


def test_two_commands_may_swap_their_keys() -> None:
    """A key that was moved away is free."""
    good, warnings = check({"ws.resync": "P", "ws.poll": "r"}, ALL)
    assert warnings == []
    assert keys_of(BY_ID["ws.resync"], good) == ("P",)


async def test_a_remapped_key_works_and_shows_in_footer_and_help() -> None:
    """The effective key, everywhere."""
    async with running(keymap={"view.pause": "f5,f7", "nope": "x"}) as (app, pilot):
        assert any("there is no command 'nope'" in toast for toast in toasts(app))
        assert "F5 pause" in drawn(app)
        await pilot.press("p")
        assert not app.puller.paused
        await pilot.press("f7")
        assert app.puller.paused
        await pilot.press("question_mark")
        await pilot.pause()
        assert "F5 F7" in drawn(app)


async def test_the_footer_shows_only_what_works_here() -> None:
    """No sorting on the page of events."""
    async with running() as (app, pilot):
        assert "s sort" in drawn(app)
        await pilot.press("2")
        await pilot.pause()
        assert "s sort" not in drawn(app)
        assert main(app).active == "events"
