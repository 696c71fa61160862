"""A delivery that was understood: its event, the facts it states, when it was true."""

from __future__ import annotations

from dataclasses import dataclass

from bisonwatch.domain.delivery import Delivery
from bisonwatch.domain.event import Event
from bisonwatch.domain.facts import Fact
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.merge import Version


@dataclass(frozen=True, slots=True)
class Understood:
    """What the processor folds into changes."""

    delivery: Delivery
    event: Event
    facts: tuple[Fact, ...]
    version: Version

    @property
    def workspace(self) -> WorkspaceKey:
        return self.event.header.workspace
