"""What the provider was asked, and what was wrong with what it said."""

from __future__ import annotations

from bisonwatch.tui.commands.command import Command
from bisonwatch.tui.commands.target import Target


class ApiLog(Command):
    id, name, keys = "view.api_log", "API log", ("L",)
    help = "requests to the provider by endpoint: calls, errors, 429 answers, response times"

    def run(self, target: Target) -> None:
        target.open_api_log()


class ValidationLog(Command):
    id, name, keys = "view.validation", "Validation log", ("I",)
    help = "answers of the provider, and datasets, that could not be taken: which field, why, how often"

    def run(self, target: Target) -> None:
        target.open_validation_log()


class Span(Command):
    id, name, keys = "log.span", "Another span", ("m",)
    help, footer, rank = "an hour, a day, a fortnight, and an hour again, of the log that is shown", "span", 2

    def unavailable(self, target: Target) -> str | None:
        reason = super().unavailable(target)
        return reason or ("no log is shown here: L and I show them" if target.span is None else None)

    def run(self, target: Target) -> None:
        target.next_span()


LOGS: tuple[Command, ...] = (ApiLog(), ValidationLog(), Span())
