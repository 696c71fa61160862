"""The numbers that are counted per workspace and UTC day."""

from __future__ import annotations

from enum import StrEnum


class Metric(StrEnum):
    """A fact of a type adds one to the metric of the same name, on the fact's UTC day."""

    SENT = "sent"
    SEND_FAILED = "send_failed"
    OPENED = "opened"
    REPLIED = "replied"
    REPLIED_AUTOMATED = "replied_automated"
    UNTRACKED = "untracked"
    MANUAL_SENT = "manual_sent"
    BOUNCED = "bounced"
    INTERESTED = "interested"
    UNSUBSCRIBED = "unsubscribed"


SHOWN = (
    Metric.SENT,
    Metric.OPENED,
    Metric.REPLIED,
    Metric.REPLIED_AUTOMATED,
    Metric.INTERESTED,
    Metric.BOUNCED,
    Metric.UNSUBSCRIBED,
)
"""The metrics that screens and `status` show for a month."""

REPORTED = (
    Metric.SENT,
    Metric.OPENED,
    Metric.REPLIED,
    Metric.INTERESTED,
    Metric.BOUNCED,
    Metric.UNSUBSCRIBED,
)
"""The metrics for which the provider has a daily series (the second witness)."""
