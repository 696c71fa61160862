"""Acting on the mirror, through the feed: resync, poll, cancel. Refused in a read-only terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bisonwatch.tui.commands.command import Command

if TYPE_CHECKING:
    from bisonwatch.tui.desk import Desk

_NO_ENGINE = "no engine lives that could do it"


class Act(Command):
    group = "act"
    writes = True

    def unavailable(self, desk: Desk) -> str | None:
        reason = super().unavailable(desk)
        if reason is None and desk.no_engine:
            return _NO_ENGINE
        return reason


class OnWorkspace(Act):
    """Needs a selected workspace."""

    def unavailable(self, desk: Desk) -> str | None:
        reason = super().unavailable(desk)
        return reason or ("no workspace is selected" if desk.workspace is None else None)


class Resync(OnWorkspace):
    id, name, keys, confirms = "ws.resync", "Resync workspace", ("r",), True
    help, footer, rank = "read the selected workspace again; shows what it costs, then asks", "resync", 1

    def run(self, desk: Desk) -> None:
        if desk.workspace is not None:
            desk.ask_resync((desk.workspace,))


class ResyncAll(Act):
    id, name, keys, confirms = "ws.resync_all", "Resync all workspaces", ("R",), True
    help = "read every workspace again; asks for the word `all`"

    def unavailable(self, desk: Desk) -> str | None:
        reason = super().unavailable(desk)
        return reason or (None if desk.workspaces else "there is no workspace")

    def run(self, desk: Desk) -> None:
        desk.ask_resync(tuple(desk.workspaces), everything=True)


class Poll(OnWorkspace):
    id, name, keys = "ws.poll", "Poll now", ("P",)
    help, footer, rank = "walk the provider's event log of the selected workspace now", "poll", 5

    def run(self, desk: Desk) -> None:
        if desk.workspace is not None:
            desk.poll(desk.workspace)


class Cancel(Act):
    id, name, keys, confirms = "run.cancel", "Cancel run", ("x",), True
    help = "ask the selected run, or the one of the selected workspace, to stop"
    footer, rank = "cancel", 6

    def unavailable(self, desk: Desk) -> str | None:
        reason = super().unavailable(desk)
        return reason or (None if desk.run else "no run is queued or running here")

    def run(self, desk: Desk) -> None:
        if desk.run is not None:
            desk.ask_cancel(desk.run)


ACTING: tuple[Command, ...] = (Resync(), ResyncAll(), Poll(), Cancel())
