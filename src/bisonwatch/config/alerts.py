"""Whom to tell, when, and how often."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from pydantic import Field

from bisonwatch.config.secrets import SecretText
from bisonwatch.config.section import Section
from bisonwatch.config.values import ClockTime, Cron, Duration, Word


class Slack(Section):
    """A bot token can reply in threads and change numbers in place; a webhook can only post."""

    webhook_url: SecretText | None = None
    bot_token: SecretText | None = None
    channel: Word = "#data-health-alerts"
    summary_channel: Word = "#data-health-summary"


class QuietHours(Section):
    """From one time of day to another, alerts below a severity wait."""

    start: ClockTime = Field(alias="from")
    end: ClockTime = Field(alias="to")
    below: Literal["warning", "critical"] = "critical"


class Alerts(Section):
    """`webhook` and `heartbeat_url` are addresses, and secret: whoever knows them can post to them."""

    slack: Slack = Slack()
    webhook: SecretText | None = None
    heartbeat_url: SecretText | None = None
    summary_at: Cron = "0 8 * * *"
    cooldown: Duration = timedelta(minutes=30)
    escalate_after: Duration = timedelta(hours=1)
    quiet_hours: QuietHours | None = None
