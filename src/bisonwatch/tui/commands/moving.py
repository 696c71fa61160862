"""Moving about: vi's, less's and k9s's habits."""

from __future__ import annotations

from bisonwatch.tui.commands.command import Command
from bisonwatch.tui.commands.target import Target


class Move(Command):
    group = "move"
    listed = False


class Down(Move):
    id, name, keys, help = "move.down", "Down", ("j", "down"), "one line down"

    def run(self, target: Target) -> None:
        target.mover.move(1)


class Up(Move):
    id, name, keys, help = "move.up", "Up", ("k", "up"), "one line up"

    def run(self, target: Target) -> None:
        target.mover.move(-1)


class PageDown(Move):
    id, name, keys, help = "move.page_down", "Page down", ("pagedown", "space"), "one screenful down"

    def run(self, target: Target) -> None:
        target.mover.page(1)


class PageUp(Move):
    id, name, keys, help = "move.page_up", "Page up", ("pageup",), "one screenful up"

    def run(self, target: Target) -> None:
        target.mover.page(-1)


class First(Move):
    id, name, keys, help = "move.first", "First", ("g", "home"), "to the first line"

    def run(self, target: Target) -> None:
        target.mover.to_end(False)


class Last(Move):
    id, name, keys, help = "move.last", "Last", ("G", "end"), "to the last line, and follow it"

    def run(self, target: Target) -> None:
        target.mover.to_end(True)


MOVING: tuple[Command, ...] = (Down(), Up(), PageDown(), PageUp(), First(), Last())
