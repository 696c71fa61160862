"""The four datasets (`domain.datasets`), and what is told with each. Amounts of money are text, exact to the last digit."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bisonwatch.api.shapes.base import Count, Day, Instance, Moment, Shape, Share
from bisonwatch.domain.dataset import DatasetName
from bisonwatch.domain.freshness import Freshness, Source

Amount = Annotated[str, Field(pattern=r"^-?[0-9]+(\.[0-9]+)?$")]


class Subject(Shape):
    """What each begins with; `at` is the moment it was made at."""

    instance: Instance
    workspace: Count
    name: str
    at: Moment
    as_of: Moment | None


class Numbers(Shape):
    sent: Count | None
    replied: Count | None
    interested: Count | None
    bounced: Count | None
    unsubscribed: Count | None


class Rates(Shape):
    reply: Share | None
    interested: Share | None
    bounce: Share | None
    unsubscribe: Share | None


class Days(Shape):
    """Both days are included; from `known_from` on no number is missing."""

    first: Day
    last: Day
    known_from: Day | None
    shown: Numbers
    counted: Numbers
    reported: Numbers
    rates: Rates


class Goal(Shape):
    """The month's interested leads against the target."""

    target: int | None
    interested: Count | None
    remaining: Count | None
    progress: Share | None
    per_day: Share | None
    needed_per_day: Share | None
    projected: Count | None


class Kpi(Subject):
    today: Days
    last_7_days: Days
    last_30_days: Days
    month: Days
    last_month: Days
    goal: Goal


class Scheduled(Shape):
    day: Day
    n: Count | None
    as_of: Moment | None


class VolumeDay(Shape):
    day: Day
    sent: Count | None
    counted: Count | None
    reported: Count | None
    capacity: Count | None
    utilisation: Share | None


class Volume(Subject):
    capacity: Count | None
    scheduled_today: Scheduled
    scheduled_tomorrow: Scheduled
    utilisation: Share | None
    days: list[VolumeDay]


class Terms(Shape):
    retainer: Amount
    price_per_lead: Amount
    monthly_cost: Amount
    currency: str


class Result(Shape):
    leads: Count | None
    lead_revenue: Amount | None
    revenue: Amount | None
    cost: Amount | None
    profit: Amount | None
    margin: Amount | None


class Revenue(Subject):
    terms: Terms | None
    month: Result
    projected: Result


class Group(Shape):
    """`name` is null for all of them, and for those of no known reseller."""

    name: str | None
    accounts: Count
    connected: Count
    disconnected: Count
    capacity: Count
    sent: Count
    replied: Count
    bounced: Count
    disconnect_rate: Share | None
    reply_rate: Share | None
    bounce_rate: Share | None


class Warmup(Shape):
    enabled: Count
    disabled: Count
    unknown: Count
    scored: Count
    mean_score: Share | None
    stopped_for_bouncing: Count
    as_of: Moment | None


class Lost(Shape):
    id: Count
    email: str
    provider: str
    reseller: str | None
    known_at: Moment


class Infrastructure(Subject):
    accounts: Group
    removed: Count
    held: Count
    providers: list[Group]
    resellers: list[Group]
    warmup: Warmup
    disconnected: list[Lost]


class Dataset(Shape):
    """`value` is null only where none can be given; `error` is of the last try to make it, and `retry_at` when the next may be."""

    dataset: DatasetName
    value: Kpi | Volume | Revenue | Infrastructure | None
    made_at: Moment | None
    age_s: Share | None
    freshness: Freshness
    source: Source
    warnings: list[str]
    error: str | None
    retry_at: Moment | None
