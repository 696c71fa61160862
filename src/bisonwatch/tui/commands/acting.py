"""Acting on the mirror, through the feed: resync, poll, cancel, dead letters. Refused in a read-only terminal."""

from __future__ import annotations

from bisonwatch.tui.commands.command import Command
from bisonwatch.tui.commands.target import Target

_CUT_OFF = "not connected to the daemon"
_NO_ENGINE = "no engine lives that could do it"


class Act(Command):
    group = "act"
    writes = True

    def unavailable(self, target: Target) -> str | None:
        reason = super().unavailable(target)
        if reason is None and target.cut_off:
            return _CUT_OFF
        if reason is None and target.no_engine:
            return _NO_ENGINE
        return reason


class OnWorkspace(Act):
    """Needs a selected workspace."""

    def unavailable(self, target: Target) -> str | None:
        reason = super().unavailable(target)
        return reason or ("no workspace is selected" if target.workspace is None else None)


class Resync(OnWorkspace):
    id, name, keys, confirms = "ws.resync", "Resync workspace", ("r",), True
    help, footer, rank = "read the selected workspace again; shows what it costs, then asks", "resync", 1

    def run(self, target: Target) -> None:
        if target.workspace is not None:
            target.ask_resync((target.workspace,))


class ResyncAll(Act):
    id, name, keys, confirms = "ws.resync_all", "Resync all workspaces", ("R",), True
    help = "read every workspace again; asks for the word `all`"

    def unavailable(self, target: Target) -> str | None:
        reason = super().unavailable(target)
        return reason or (None if target.workspaces else "there is no workspace")

    def run(self, target: Target) -> None:
        target.ask_resync(tuple(target.workspaces), everything=True)


class Poll(OnWorkspace):
    id, name, keys = "ws.poll", "Poll now", ("P",)
    help, footer, rank = "walk the provider's event log of the selected workspace now", "poll", 5

    def run(self, target: Target) -> None:
        if target.workspace is not None:
            target.poll(target.workspace)


class RunJob(Act):
    id, name, keys = "run.job", "Run a job now", ("n",)
    help = "choose a job (full sync, discovery, accounts …) and do it now, for all workspaces"

    def run(self, target: Target) -> None:
        target.ask_job()


class Cancel(Act):
    id, name, keys, confirms = "run.cancel", "Cancel run", ("x",), True
    help = "ask the selected run, or the one of the selected workspace, to stop"
    footer, rank = "cancel", 2

    def unavailable(self, target: Target) -> str | None:
        reason = super().unavailable(target)
        return reason or (None if target.run else "no run is queued or running here")

    def run(self, target: Target) -> None:
        if target.run is not None:
            target.ask_cancel(target.run)


class OnLetter(Act):
    """Needs a dead letter; `alike`: all of its kind of reason."""

    confirms = True
    alike = False

    def unavailable(self, target: Target) -> str | None:
        reason = super().unavailable(target)
        return reason or ("no dead letter is selected" if target.letter is None else None)


class Replay(OnLetter):
    id, name, keys = "letter.replay", "Replay dead letter", ("o",)
    help, footer, rank = "process the selected dead letter once more; asks", "replay", 1

    def run(self, target: Target) -> None:
        if target.letter is not None:
            target.ask_replay(target.letter, alike=self.alike)


class ReplayAlike(Replay):
    id, name, keys, alike = "letter.replay_alike", "Replay all of this reason", ("O",), True
    help, footer, rank = "process all dead letters of this kind of reason once more; asks", "replay alike", 3


class Discard(OnLetter):
    id, name, keys = "letter.discard", "Discard dead letter", ("d",)
    help, footer, rank = "put the selected dead letter away; it stays in the log; asks", "discard", 2

    def run(self, target: Target) -> None:
        if target.letter is not None:
            target.ask_discard(target.letter, alike=self.alike)


class DiscardAlike(Discard):
    id, name, keys, alike = "letter.discard_alike", "Discard all of this reason", ("D",), True
    help, footer = "put all dead letters of this kind of reason away; asks for the word `discard`", ""


class ConfirmAbsent(Act):
    id, name, keys, confirms = "account.confirm", "Confirm that accounts are gone", ("c",), True
    help = (
        "say that the accounts of a workspace whose removal waits are gone, so that a walk removes them; asks"
    )
    footer, rank = "confirm", 1

    def unavailable(self, target: Target) -> str | None:
        reason = super().unavailable(target)
        return reason or ("no account waits here to be removed" if target.held is None else None)

    def run(self, target: Target) -> None:
        if target.held is not None:
            target.ask_confirm(target.held)


ACTING: tuple[Command, ...] = (
    Resync(),
    ResyncAll(),
    Poll(),
    RunJob(),
    Cancel(),
    Replay(),
    ReplayAlike(),
    Discard(),
    DiscardAlike(),
    ConfirmAbsent(),
)
