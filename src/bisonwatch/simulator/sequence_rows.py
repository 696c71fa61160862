"""REST rows of a campaign's sequence and of its schedule."""

from __future__ import annotations

from dataclasses import dataclass

from bisonwatch.simulator.moments import stamp
from bisonwatch.simulator.records import Campaign, Step

Row = dict[str, object]

VARIANT_IDS = 500_000
"""Variants are counted from here, above every parent's id of a small world."""
WAITS = (3, 4, 5)
"""Days before each step, as they are printed."""
_WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True)
class Text:
    """A step, or the second text of one: only a parent has a place in the order."""

    step: Step
    variant: bool

    @property
    def id(self) -> int:
        return self.step.id + (VARIANT_IDS if self.variant else 0)


def texts(campaign: Campaign) -> list[Text]:
    """Every step with its variant after it."""
    return [Text(step, variant) for step in campaign.steps for variant in (False, True)]


def step(text: Text, *, campaign: Campaign, version: str) -> Row:
    """`version` is v1 or v1.1: the parent's id goes by another name."""
    parent = "variant_from_step_id" if version == "v1.1" else "variant_from_step"
    own = text.step
    return {
        "id": text.id,
        "order": None if text.variant else own.order,
        "active": True,
        "email_subject": "{COMPANY} recalls" if text.variant else own.subject,
        "email_body": "<p>Hi {FIRST_NAME}, {one|two} lines.</p>",
        "wait_in_days": WAITS[(own.order - 1) % len(WAITS)],
        "variant": text.variant,
        parent: own.id if text.variant else None,
        "attachments": [] if version == "v1.1" else None,
        "thread_reply": own.order > 1,
        "created_at": stamp(campaign.created_at),
        "updated_at": stamp(campaign.created_at),
    }


def schedule(campaign: Campaign) -> Row:
    at = stamp(campaign.created_at)
    return {
        "id": campaign.id,
        "type": "Generated",
        **{day: day not in ("saturday", "sunday") for day in _WEEK},
        "start_time": "08:00:00",
        "end_time": "17:00:00",
        "timezone": campaign.zone,
        "created_at": at,
        "updated_at": at,
    }
