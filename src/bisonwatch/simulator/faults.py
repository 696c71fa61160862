"""What can be broken while the simulator runs: a frozen state in a mutable holder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from bisonwatch.simulator.switches import Delays, Forms, Limits

EVERYWHERE = "all"


class Outage(StrEnum):
    """`unsent`: nothing leaves, the delivery is marked failed and never retried. `refused`: attempts fail and are retried."""

    NONE = "none"
    UNSENT = "unsent"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class WebhookFaults:
    """For one workspace, or for all. Shares are 0 to 1; `delay` and `reorder` (the width of the shuffle) are seconds.

    Of the types in `mute` (upper case) nothing is delivered, while the event log has them.
    """

    outage: Outage = Outage.NONE
    drop: float = 0.0
    duplicate: float = 0.0
    delay: float = 0.0
    reorder: float = 0.0
    mute: frozenset[str] = frozenset()


class Break(StrEnum):
    """What may happen to one page of a walk."""

    CUT = "cut"
    HANG = "hang"
    SLOW = "slow"
    ERROR_500 = "500"
    ERROR_502 = "502"
    ERROR_429 = "429"
    ERROR_422 = "422"
    EMPTY = "empty"
    REFUSED = "refused"
    END = "end"
    CURSOR_MODE = "cursor_mode"
    PAGE_MODE = "page_mode"
    INSERT = "insert"
    DELETE = "delete"
    UI_SWITCH = "ui_switch"


@dataclass(frozen=True, slots=True)
class WalkFault:
    """At page `page` (0: every one) of `route` this happens, `times` times (0: always), whatever the method.

    In a route `{key}` stands for one segment, a `*` at its end for whatever follows.
    `page` is the number of page mode, or the hop of a cursor walk. `seconds` is for `slow`; `workspace` 0 means any.
    """

    route: str
    what: Break
    page: int = 0
    times: int = 1
    seconds: float = 5.0
    workspace: int = 0


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
    walks: tuple[WalkFault, ...] = ()

    def for_workspace(self, workspace_id: int) -> WebhookFaults:
        return self.webhooks.get(str(workspace_id)) or self.webhooks.get(EVERYWHERE) or NO_WEBHOOK_FAULTS

    def with_webhooks(self, where: int | str, faults: WebhookFaults) -> Faults:
        return replace(self, webhooks={**self.webhooks, str(where): faults})

    def with_api(self, api: ApiFaults) -> Faults:
        return replace(self, api=api)

    def with_walks(self, *walks: WalkFault) -> Faults:
        return replace(self, walks=walks)


NO_WEBHOOK_FAULTS = WebhookFaults()
NONE = Faults()


class FaultSwitch:
    """Holds the faults in force, and beside them the switches; whoever holds it may change them at any time."""

    def __init__(
        self,
        now: Faults = NONE,
        *,
        forms: Forms = Forms(),  # noqa: B008
        limits: Limits = Limits(),  # noqa: B008
        delays: Delays = Delays(),  # noqa: B008
    ) -> None:
        self.now = now
        self.forms = forms
        self.limits = limits
        self.delays = delays

    def set(self, faults: Faults) -> None:
        self.now = faults

    def clear(self) -> None:
        self.now = NONE
