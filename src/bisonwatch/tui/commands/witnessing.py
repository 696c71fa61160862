"""The mirror against the provider: drift and webhook subscriptions, looked at, checked and repaired."""

from __future__ import annotations

from bisonwatch.tui.commands.acting import Act, OnWorkspace
from bisonwatch.tui.commands.command import Command
from bisonwatch.tui.commands.target import Target


class Drift(Command):
    id, name, keys = "ws.drift", "Drift of the workspace", ("v",)
    help = "each number of the selected workspace by both witnesses, day by day, with the reason"
    footer, rank = "drift", 8

    def unavailable(self, target: Target) -> str | None:
        reason = super().unavailable(target)
        return reason or ("no workspace is selected" if target.workspace is None else None)

    def run(self, target: Target) -> None:
        if target.workspace is not None:
            target.open_drift(target.workspace)


class Drifts(Command):
    id, name, keys = "view.drifts", "Drift of all workspaces", ("V",)
    help = "where the mirror and the provider differ, the worst workspace first"

    def run(self, target: Target) -> None:
        target.open_drifts()


class Hooks(Command):
    id, name, keys = "view.hooks", "Webhook subscriptions", ("w",)
    help = "how our webhook subscription of each workspace stands, and its last test event"
    footer, rank = "webhooks", 9

    def run(self, target: Target) -> None:
        target.open_hooks(target.workspace)


class Compare(OnWorkspace):
    id, name, keys = "ws.compare", "Compare now", ("C",)
    help, footer, rank = "compare the selected workspace with the provider now", "compare now", 2

    def unavailable(self, target: Target) -> str | None:
        reason = super().unavailable(target)
        return reason or ("it is being compared already" if target.comparing else None)

    def run(self, target: Target) -> None:
        if target.workspace is not None:
            target.compare(target.workspace)


class OnHook(Act):
    """Needs a subscription under the cursor."""

    def unavailable(self, target: Target) -> str | None:
        reason = super().unavailable(target)
        return reason or ("no subscription is shown here: w shows them" if target.hooked is None else None)


class Look(OnHook):
    id, name, keys = "hook.look", "Look at the subscription", ("l",)
    help, footer, rank = "ask the provider now how the selected subscription stands", "look now", 2

    def run(self, target: Target) -> None:
        if target.hooked is not None:
            target.look(target.hooked)


class Register(OnHook):
    id, name, keys, confirms = "hook.register", "Register the subscription", ("u",), True
    help = "make our webhook subscription, or repair it; never touches others'; asks"
    footer, rank = "register", 3

    def run(self, target: Target) -> None:
        if target.hooked is not None:
            target.ask_register(target.hooked)


class Test(OnHook):
    id, name, keys = "hook.test", "Test the subscription", ("t",)
    help = "have the provider send its test event, and wait until it arrived here"
    footer, rank = "test", 3

    def run(self, target: Target) -> None:
        if target.hooked is not None:
            target.test(target.hooked)


WITNESSING: tuple[Command, ...] = (
    Drift(),
    Drifts(),
    Hooks(),
    Compare(),
    Look(),
    Register(),
    Test(),
)
