"""Leads, accounts, events: what the provider has, and what happened there."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bisonwatch.api.shapes.base import Count, Id, Moment, Shape, Share, Wish
from bisonwatch.domain.account import AccountStatus
from bisonwatch.domain.delivery import Source
from bisonwatch.domain.metric import Metric
from bisonwatch.domain.stage import LONGEST, Author


class Lead(Shape):
    """`stage_author` says whose word the stage is; a person's stays."""

    id: Count | None
    email: str
    first_name: str | None
    last_name: str | None
    company: str | None
    pipeline_stage: str
    stage_author: Author
    interested_at: Moment | None
    replied_at: Moment | None
    bounced_at: Moment | None
    unsubscribed_at: Moment | None


class LeadChange(Wish):
    """null hands the lead back to the automatic stage."""

    pipeline_stage: Annotated[str, Field(min_length=1, max_length=LONGEST, pattern=r"\S")] | None


class Account(Shape):
    id: Count
    email: str
    name: str | None
    status: AccountStatus
    type: str
    provider: str
    reseller: str | None
    tags: list[str]
    daily_limit: Count
    warmup_enabled: bool | None
    sent: Count
    replied: Count
    bounced: Count
    reply_rate: Share | None
    seen_at: Moment


class Event(Shape):
    """Something that happened once. `type` and `key` name it; `at` is when, `seen_at` when it was learnt, and by which `source`.

    `subject` is null once the delivery that told it is no longer in the log.
    """

    type: Metric
    key: str
    at: Moment
    source: Source
    seen_at: Moment
    logged_at: Moment | None
    webhook_at: Moment | None
    delivery_id: Id
    subject: str | None
