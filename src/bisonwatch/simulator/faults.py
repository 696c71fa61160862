"""What can be broken while the simulator runs: a frozen state in a mutable holder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from enum import StrEnum

from bisonwatch.errors import CallError

EVERYWHERE = "all"


class Outage(StrEnum):
    """`unsent`: nothing leaves, the delivery is marked failed and never retried. `refused`: attempts fail and are retried."""

    NONE = "none"
    UNSENT = "unsent"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class WebhookFaults:
    """For one workspace, or for all. Shares are 0 to 1; `delay` and `reorder` (the width of the shuffle) are seconds."""

    outage: Outage = Outage.NONE
    drop: float = 0.0
    duplicate: float = 0.0
    delay: float = 0.0
    reorder: float = 0.0


@dataclass(frozen=True, slots=True)
class ApiFaults:
    """`outage`: every answer is a gateway's 502 page. `reject`: workspaces whose keys are unknown; `admin` is the super-admin's."""

    latency: float = 0.0
    outage: bool = False
    reject: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Faults:
    """`webhooks` is keyed by workspace id as text, or `all`; a workspace's own entry replaces that of `all`."""

    webhooks: Mapping[str, WebhookFaults] = field(default_factory=dict)
    api: ApiFaults = ApiFaults()

    def for_workspace(self, workspace_id: int) -> WebhookFaults:
        return self.webhooks.get(str(workspace_id)) or self.webhooks.get(EVERYWHERE) or NO_WEBHOOK_FAULTS

    def with_webhooks(self, where: int | str, faults: WebhookFaults) -> Faults:
        return replace(self, webhooks={**self.webhooks, str(where): faults})

    def with_api(self, api: ApiFaults) -> Faults:
        return replace(self, api=api)


NO_WEBHOOK_FAULTS = WebhookFaults()
NONE = Faults()


class FaultSwitch:
    """Holds the faults in force; whoever holds the switch may change them at any time."""

    def __init__(self, now: Faults = NONE) -> None:
        self.now = now

    def set(self, faults: Faults) -> None:
        self.now = faults

    def clear(self) -> None:
        self.now = NONE


def to_json(faults: Faults) -> dict[str, object]:
    """`{"webhooks": {"12": {"outage": "unsent", …}}, "api": {"latency": 0, …}}`."""
    api = asdict(faults.api) | {"reject": sorted(faults.api.reject)}
    return {"webhooks": {where: asdict(what) for where, what in faults.webhooks.items()}, "api": api}


def from_json(data: object) -> Faults:
    """The inverse of `to_json`; left-out members are without fault. Raises CallError."""
    try:
        body = _members(data, ("webhooks", "api"))
        webhooks = {str(k): _webhooks(v) for k, v in _members(body.get("webhooks", {})).items()}
        return Faults(webhooks, _api(body.get("api", {})))
    except (TypeError, ValueError) as error:
        raise CallError(f"these are no faults: {error}") from error


def _members(data: object, known: tuple[str, ...] | None = None) -> dict[str, object]:
    if not isinstance(data, dict):
        raise TypeError("an object is expected")
    if known and (strange := set(data) - set(known)):
        raise ValueError(f"unknown: {', '.join(sorted(map(str, strange)))}")
    return data


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise ValueError(f"{value!r} is not a number of 0 or more")
    return float(value)


def _outage(value: object) -> Outage:
    if isinstance(value, bool):
        return Outage.UNSENT if value else Outage.NONE
    return Outage(str(value))


def _webhooks(data: object) -> WebhookFaults:
    body = _members(data, tuple(f.name for f in fields(WebhookFaults)))
    drop, duplicate, delay, reorder = (
        _number(body.get(name, 0)) for name in ("drop", "duplicate", "delay", "reorder")
    )
    return WebhookFaults(_outage(body.get("outage", "none")), drop, duplicate, delay, reorder)


def _api(data: object) -> ApiFaults:
    body = _members(data, tuple(f.name for f in fields(ApiFaults)))
    reject = body.get("reject", [])
    if not isinstance(reject, list):
        raise TypeError("reject is a list of workspace ids, or admin")
    return ApiFaults(
        _number(body.get("latency", 0)), bool(body.get("outage", False)), frozenset(map(str, reject))
    )
