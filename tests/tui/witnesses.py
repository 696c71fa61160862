"""Invented comparisons and webhook subscriptions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import cycle
from types import MappingProxyType
from uuid import UUID

from bisonwatch.domain.comparison import Books, History, Judged, Leeway, Lone, Report, Standing
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.metric import Metric
from bisonwatch.domain.run import Job, Outcome, Run, RunState, Tally
from bisonwatch.domain.subscription import Around, Hook, Look, SubscriptionState, judged
from bisonwatch.domain.subscription import Standing as Stands
from tests.tui.workspaces import HOSTILE, NOW, ago

ACME = WorkspaceKey("main", 10)
TODAY = NOW.date()
RESYNC = Run(
    UUID(int=700),
    Job.RESYNC,
    ACME,
    (),
    "consistency",
    RunState.DONE,
    ago(minutes=42),
    ago(minutes=41),
    ago(minutes=37),
    Outcome.SUCCESS,
    Tally(48_201, 48_201, 48_201, 14, 48_187, 0, 484, 1),
)
WHY = "14 replies fewer than the provider reports"


def standing(
    drift: float | None,
    metric: str | None = "replied",
    reason: str | None = WHY,
    *,
    over: bool = False,
    resync: Run | None = None,
    checked: datetime | None = None,
) -> Standing:
    return Standing(
        drift,
        metric,
        reason,
        checked or ago(minutes=12),
        None,
        ago(minutes=42) if over else None,
        resync.queued_at if resync else None,
        resync.id if resync else None,
        {"replied": -14} if over else None,
    )


def books(over: bool = True) -> Books:
    """One over the limit, one under, one that cannot be told, the others well; some were never compared."""
    found: dict[WorkspaceKey, Judged] = {
        WorkspaceKey("main", n): Judged(WorkspaceKey("main", n), standing(0.0, "sent", None))
        for n in range(10, 34)
    }
    if over:
        found[ACME] = Judged(ACME, standing(0.072, over=True, resync=RESYNC), RESYNC)
        eleven, twelve = WorkspaceKey("main", 11), WorkspaceKey("main", 12)
        found[eleven] = Judged(
            eleven, standing(0.0184, "sent", "38 sent mails more than the provider reports")
        )
        found[twelve] = Judged(
            twelve, standing(None, None, "deliveries wait to be processed since 13:20 UTC")
        )
    return Books(Leeway(), MappingProxyType(found))


def report(back: int, metric: str, counted: int, reported: int, **more: object) -> Report:
    values = {
        "day": TODAY - timedelta(days=back),
        "metric": metric,
        "counted": counted,
        "reported": reported,
        "drift": 0.0,
        "reason": None,
        "as_of": ago(minutes=14),
        "checked_at": ago(minutes=12),
    }
    return Report(**(values | more))  # type: ignore[arg-type]


def history() -> History:
    """A day that drifts, one that healed, opens that differ and never alarm, and days the provider alone tells."""
    healed = "webhooks missed 14 replies between 10:02 and 10:40, filled by poll"
    old = {"as_of": ago(days=1), "checked_at": ago(days=1)}
    reports = (
        report(0, "sent", 4120, 4118),
        report(0, "replied", 86, 100, drift=0.14, reason=WHY, resync_id=RESYNC.id),
        report(0, "bounced", 31, 31),
        report(0, "unsubscribed", 2, 2),
        report(
            0, "interested", 9, 21, drift=0.571, reason="12 interested leads fewer than the provider reports"
        ),
        report(0, "opened", 40, 0, drift=40.0, reason="40 opens more than the provider reports"),
        report(0, "accounts", 433, 433),
        report(
            0, "leads", 18_204, 18_206, reason="2 fewer here than at the provider", healed_at=ago(minutes=12)
        ),
        report(0, "campaigns", 11, 40, drift=0.725, reason="29 fewer here than at the provider"),
        report(1, "sent", 9800, 9800),
        report(1, "replied", 204, 204, reason=healed, healed_at=ago(hours=3)),
        report(1, "bounced", 80, 82),
        report(2, "sent", 9911, 9911, **old),
        report(
            2, "replied", 190, 184, drift=0.0326, reason="6 replies more than the provider reports", **old
        ),
    )
    lone = (
        Lone(date(2026, 10, 30), Metric.SENT, 8411, ago(minutes=14), date(2026, 11, 1)),
        Lone(date(2026, 10, 30), Metric.OPENED, 1411, ago(minutes=14), None),
    )
    judged_ = Judged(ACME, standing(0.072, over=True, resync=RESYNC), RESYNC)
    kept: Mapping[UUID, Run] = MappingProxyType({RESYNC.id: RESYNC})
    return History(Leeway(), judged_, reports, lone, kept, TODAY - timedelta(days=29))


WANTED = ("email_sent", "lead_replied", "email_bounced", "tag_attached")


def hooks() -> tuple[Hook, ...]:
    """One gone, one that drifted, one whose test event is lost, one never made, one never looked at; the others well."""
    found = [_well(n) for n in range(10, 37)]
    found[0] = replace(
        found[0],
        standing=replace(
            found[0].standing,
            look=Look(
                SubscriptionState.MISSING,
                None,
                "our webhook subscription is gone from the provider; "
                "`bisonwatch webhooks register` makes it anew",
            ),
            since=ago(minutes=31),
        ),
        around=Around(2, 0, ago(minutes=9)),
    )
    drifted = judged(
        41, "https://old.example/webhooks/main/x", ("email_sent",), "https://hooks.example", WANTED
    )
    found[1] = replace(found[1], standing=replace(found[1].standing, look=drifted, since=ago(hours=2)))
    found[2] = replace(
        found[2],
        standing=replace(
            found[2].standing,
            canary_failed_since=ago(hours=3),
            canary_error="the provider's answer was 500; nothing came to https://hooks.example.com",
        ),
    )
    found[3] = Hook(
        Stands(WorkspaceKey("main", 13), Look(SubscriptionState.NONE), ago(days=3), ago(minutes=9))
    )
    found[4] = Hook(Stands(WorkspaceKey("main", 14)))
    return tuple(found)


def well() -> tuple[Hook, ...]:
    return tuple(_well(n) for n in range(10, 37))


def _well(number: int) -> Hook:
    key = WorkspaceKey("main", number)
    stands = Stands(
        key,
        Look(SubscriptionState.FINE, 100 + number),
        ago(days=12),
        ago(minutes=9),
        ago(hours=2, minutes=1),
        ago(hours=2),
    )
    return Hook(stands, Around(1, 1, ago(minutes=9)) if number % 2 else None)


def hostile_books() -> Books:
    names = cycle(HOSTILE)
    keys = [WorkspaceKey("main", n) for n in range(10, 37)]
    return Books(
        Leeway(),
        {
            key: Judged(
                key,
                standing(0.2, next(names), next(names), over=True, resync=RESYNC),
                _hostile_run(next(names)),
            )
            for key in keys
        },
    )


def hostile_history() -> History:
    names, base = cycle(HOSTILE), history()
    rows = tuple(
        replace(row, metric=next(names), reason=next(names), day=row.day - timedelta(days=n))
        for n, row in enumerate(base.reports)
    )
    bad = _hostile_run(next(names))
    verdict = Judged(ACME, standing(0.2, next(names), next(names), over=True, resync=RESYNC), bad)
    return replace(base, judged=verdict, reports=rows, resyncs={RESYNC.id: bad})


def _hostile_run(error: str) -> Run:
    return replace(RESYNC, outcome=Outcome.FAILED, error=error)


def hostile_hooks() -> tuple[Hook, ...]:
    names = cycle(HOSTILE)
    return tuple(
        Hook(
            replace(
                hook.standing,
                look=Look(SubscriptionState.DRIFTED, 1, next(names)),
                canary_failed_since=NOW,
                canary_error=next(names),
            ),
            hook.around,
            next(names),
        )
        for hook in well()
    )
