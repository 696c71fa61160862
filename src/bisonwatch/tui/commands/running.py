"""What can be done with runs beside cancelling one: again, cancel all that waits, show the everyday."""

from __future__ import annotations

from bisonwatch.tui.commands.acting import Act
from bisonwatch.tui.commands.command import Command
from bisonwatch.tui.commands.target import Target


class Again(Act):
    id, name, keys, confirms = "run.again", "Run again", ("A",), True
    help, footer, rank = "do the job of the selected run once more, for the same workspace; asks", "again", 3

    def unavailable(self, target: Target) -> str | None:
        reason = super().unavailable(target)
        row = target.chosen_run
        if reason is not None or (row is not None and row.run.over):
            return reason
        return "no run is selected" if row is None else "it is not over yet"

    def run(self, target: Target) -> None:
        if target.chosen_run is not None:
            target.ask_again(target.chosen_run)


class CancelQueued(Act):
    id, name, keys, confirms = "run.cancel_queued", "Cancel all queued runs", ("X",), True
    help = "take every run that waits for its turn out of the queue; asks for the word `cancel`"

    def unavailable(self, target: Target) -> str | None:
        reason = super().unavailable(target)
        return reason or (None if target.queued_runs else "no run is queued")

    def run(self, target: Target) -> None:
        target.ask_cancel_queued()


class Routine(Command):
    id, name, keys = "run.routine", "Show routine runs", ("h",)
    help = "on the tab Runs: show what the schedule does without a fault as well; again leaves it out"
    footer, rank = "routine", 5

    def run(self, target: Target) -> None:
        target.toggle_routine()


RUNNING: tuple[Command, ...] = (Again(), CancelQueued(), Routine())
