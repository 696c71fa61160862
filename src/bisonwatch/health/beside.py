"""What is judged beside the freshness of a workspace: each rule for each workspace, out of what is stored. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from bisonwatch.domain import absence, subscription
from bisonwatch.domain import drift as drifting
from bisonwatch.domain.health import Finding, Health, Standing
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.workspace import Workspace
from bisonwatch.health.rules import canary, drift, held
from bisonwatch.health.rules import subscription as pushed
from bisonwatch.store import consistency

NOT_WATCHED = Finding(Health.HEALTHY, "not watched: taken out of the configuration")


class Place(NamedTuple):
    """One rule's judgement of one workspace."""

    rule: str
    workspace: WorkspaceKey


@dataclass(frozen=True, slots=True)
class Known:
    """What is stored of each workspace; what is not there was never looked at."""

    pushed: Mapping[WorkspaceKey, subscription.Standing]
    absences: Mapping[WorkspaceKey, absence.Absence]
    drifts: Mapping[WorkspaceKey, consistency.Standing]


def findings(
    registered: Iterable[Workspace], known: Known, limits: drift.Limits, now: datetime
) -> dict[Place, Finding]:
    """Only what can be told."""
    found: dict[Place, Finding] = {}
    for workspace in registered:
        for rule, finding in _of(workspace.key, known, limits, now):
            if finding is not None:
                found[Place(rule, workspace.key)] = finding if workspace.active else NOT_WATCHED
    return found


def _of(
    key: WorkspaceKey, known: Known, limits: drift.Limits, now: datetime
) -> Iterator[tuple[str, Finding | None]]:
    yield absence.RULE, held.judge(known.absences.get(key, absence.NOTHING))
    yield subscription.RULE, pushed.judge(known.pushed.get(key))
    yield subscription.CANARY_RULE, canary.judge(known.pushed.get(key))
    yield drifting.RULE, drift.judge(known.drifts.get(key), limits, now)


def news(found: Mapping[Place, Finding], standing: Mapping[Place, Standing]) -> dict[Place, Finding]:
    """What changes a state. What was never wrong needs no row that says so."""
    return {
        place: finding
        for place, finding in found.items()
        if ((before := standing.get(place)) is None and finding.health.alarming)
        or (before is not None and before.health is not finding.health)
    }


def wording(found: Mapping[Place, Finding], standing: Mapping[Place, Standing]) -> dict[Place, str]:
    """Same state, other words: of alarms only."""
    return {
        place: finding.reason
        for place, finding in found.items()
        if finding.health.alarming
        and (before := standing.get(place)) is not None
        and before.health is finding.health
        and before.reason != finding.reason
    }
