"""Named scripts: what breaks when, and a sentence for the person who watches."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bisonwatch.errors import CallError
from bisonwatch.simulator.faults import NONE, ApiFaults, Faults, FaultSwitch, Outage, WebhookFaults

BUSY = "busy"
"""Stands for the busiest workspace of the world."""


@dataclass(frozen=True, slots=True)
class Turn:
    """At so many seconds after the start these faults replace those in force. `busy` stands for a workspace."""

    at: float
    faults: Faults
    sentence: str


@dataclass(frozen=True, slots=True)
class Scenario:
    name: str
    about: str
    turns: tuple[Turn, ...]

    @staticmethod
    def names() -> tuple[str, ...]:
        return tuple(_SCENARIOS)

    @staticmethod
    def named(name: str) -> Scenario:
        """Raises CallError."""
        if name not in _SCENARIOS:
            raise CallError(f"no scenario '{name}'", hint=f"there are {', '.join(_SCENARIOS)}")
        return _SCENARIOS[name]


def _busy(faults: WebhookFaults) -> Faults:
    return Faults({BUSY: faults})


_SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        Scenario("calm", "nothing breaks", ()),
        Scenario(
            "webhook-outage",
            "one busy workspace gets no webhooks from second 8 to 35",
            (
                Turn(
                    8,
                    _busy(WebhookFaults(outage=Outage.UNSENT)),
                    "all webhooks of one busy workspace stop",
                ),
                Turn(35, NONE, "its webhooks come back"),
            ),
        ),
        Scenario(
            "drops",
            "one webhook in five of a busy workspace is lost",
            (Turn(0, _busy(WebhookFaults(drop=0.2)), "one webhook in five of one busy workspace is lost"),),
        ),
        Scenario(
            "api-down",
            "the REST API answers 502 from second 8 to 28",
            (
                Turn(8, Faults(api=ApiFaults(outage=True)), "the API answers 502 to everything"),
                Turn(28, NONE, "the API is back"),
            ),
        ),
    )
}


class Script:
    """Plays a scenario: `due(seconds)` sets the faults of every turn that has come, and says their sentences."""

    def __init__(self, scenario: Scenario, switch: FaultSwitch, busiest: int) -> None:
        self._turns = list(scenario.turns)
        self._switch = switch
        self._busiest = busiest

    def due(self, seconds: float) -> list[str]:
        said = []
        while self._turns and self._turns[0].at <= seconds:
            turn = self._turns.pop(0)
            self._switch.set(self._placed(turn.faults))
            said.append(turn.sentence)
        return said

    def _placed(self, faults: Faults) -> Faults:
        webhooks = {
            str(self._busiest) if where == BUSY else where: what for where, what in faults.webhooks.items()
        }
        return replace(faults, webhooks=webhooks)
