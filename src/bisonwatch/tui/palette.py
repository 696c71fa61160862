"""The command palette: our commands, and workspaces by name. At most 50 hits: fuzzy search over thousands stalls."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from rich.text import Text
from textual.command import DiscoveryHit, Hit, Hits, Provider

from bisonwatch.domain.snapshot import WorkspaceRow
from bisonwatch.tui.commands.command import Command, key_name, keys_of
from bisonwatch.tui.commands.registry import ALL
from bisonwatch.tui.desk import Desk
from bisonwatch.tui.lines import outside
from bisonwatch.tui.tables.workspaces import worst_first

MOST = 50


class Palette(Provider):
    """Asked by Textual's palette at each key."""

    @property
    def _desk(self) -> Desk | None:
        return self.screen if isinstance(self.screen, Desk) else None

    def _commands(self, desk: Desk) -> Iterator[tuple[Command, str]]:
        for command in ALL:
            if command.listed:
                reason = command.unavailable(desk)
                keys = " ".join(key_name(key) for key in keys_of(command, desk.bison.keymap))
                yield command, f"[{keys}] {command.help}" + (f" (not now: {reason})" if reason else "")

    async def discover(self) -> Hits:
        desk = self._desk
        if desk is None:
            return
        for command, help_ in self._commands(desk):
            yield DiscoveryHit(command.name, partial(desk.action_command, command.id), help=_plain(help_))

    async def search(self, query: str) -> Hits:
        desk = self._desk
        if desk is None:
            return
        matcher = self.matcher(query)
        for command, help_ in self._commands(desk):
            score = matcher.match(command.name)
            if score > 0:
                yield Hit(
                    score,
                    matcher.highlight(command.name),
                    partial(desk.action_command, command.id),
                    help=_plain(help_),
                )
        for place, row in enumerate(self._rows(desk, query.casefold())):
            text = outside(f"open {row.name} ({row.key})")
            yield Hit(
                0.5 - place / 1000,
                Text(text),
                partial(desk.bison.open_workspace, row.key),
                text=text,
                help=row.health.value,
            )

    def _rows(self, desk: Desk, query: str) -> list[WorkspaceRow]:
        if desk.frame is None:
            return []
        hits = [row for row in desk.workspaces if query in row.name.casefold() or query in str(row.key)]
        now = desk.frame.now
        return sorted(hits, key=lambda row: worst_first(row, now))[:MOST]


def _plain(text: str) -> str:
    """The palette reads help as markup, so brackets are put out of action. Only our own words go through here."""
    return text.replace("[", "\\[")
