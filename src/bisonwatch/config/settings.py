"""Everything an operator may choose, as one frozen value. `config.example.yaml` says each in a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, timedelta, tzinfo
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

from bisonwatch.config.alerts import Alerts
from bisonwatch.config.crm import Crm
from bisonwatch.config.doors import Api, Listener
from bisonwatch.config.health import Health
from bisonwatch.config.instances import Client, Instance
from bisonwatch.config.secrets import DatabaseAddress, DatabaseUrl
from bisonwatch.config.section import Section
from bisonwatch.config.values import Cron, Interval, Size, Word, at_least, check_timezone

_HOME = "~/.local/share/bisonwatch"


class Database(Section):
    """The mirror itself."""

    url: DatabaseAddress = DatabaseUrl.parse(f"sqlite:///{_HOME}/mirror.db")
    schema_: str = Field(default="bisonwatch", alias="schema", pattern=r"^[a-z_][a-z0-9_]*$", max_length=63)
    pool: int = Field(default=5, ge=1, le=1000)
    pooler: Literal["auto", "none", "transaction"] = "auto"
    deadline: Interval = timedelta(seconds=2)

    def path(self, environ: Mapping[str, str] | None = None) -> Path | None:
        """The file of an SQLite database, `~` expanded; None for Postgres. Raises ConfigError."""
        return self.url.path(environ)


class Spool(Section):
    """Where deliveries wait while the database is away."""

    path: Word = f"{_HOME}/spool.db"
    max_size: Size = 2 << 30

    @property
    def file(self) -> Path:
        return Path(self.path).expanduser().absolute()


class Sync(Section):
    """How often the provider is asked, and how."""

    poll_every: Interval = timedelta(minutes=5)
    silence: Interval = timedelta(minutes=5)
    concurrency: int = Field(default=5, ge=1, le=100)
    timeout: Interval = timedelta(seconds=45)
    accounts_every: Interval = timedelta(minutes=30)
    accounts_refresh: Interval = timedelta(minutes=5)
    campaigns_every: Interval = timedelta(seconds=45)
    leads_every: Interval = timedelta(minutes=5)
    reports_every: Interval = timedelta(minutes=5)
    full_at: Cron = "0 3 * * *"
    discover_at: Cron = "0 2 * * *"
    canary_every: Annotated[Interval, at_least(timedelta(minutes=10))] | None = timedelta(hours=6)
    backfill_rate: float = Field(default=5.0, gt=0, le=1000)
    provider_tags: Mapping[str, tuple[str, ...]] = Field(
        default_factory=lambda: {"google": ("Google", "Gmail"), "microsoft": ("Outlook", "Microsoft")}
    )
    reseller_tags: tuple[str, ...] = ()
    kpi_tag: Word | None = "KPI"


class Cache(Section):
    """How old a dataset may get; `prefetch` is how long before that it is made anew."""

    kpi: Interval = timedelta(seconds=60)
    volume: Interval = timedelta(seconds=60)
    revenue: Interval = timedelta(minutes=5)
    infrastructure: Interval = timedelta(minutes=10)
    prefetch: Interval = timedelta(seconds=10)


class Retention(Section):
    """How long things are kept, and how much of a delivery's body."""

    inbox: Annotated[Interval, at_least(timedelta(days=3))] = timedelta(days=30)
    bodies: Literal["none", "text", "full"] = "text"
    events: Annotated[Interval, at_least(timedelta(days=12))] = timedelta(days=400)
    runs: Interval = timedelta(days=30)
    api_log: Interval = timedelta(days=14)


class Terminal(Section):
    """How the terminal looks and behaves."""

    theme: Word = "bison-dark"
    refresh: Interval = timedelta(milliseconds=500)
    on_hangup: Literal["stop", "keep"] = "stop"
    read_only: bool = False
    glyphs: Literal["unicode", "ascii"] = "unicode"
    keymap: Mapping[str, str] = Field(default_factory=dict)


class Settings(Section):
    """The whole configuration. `Settings()` is what bisonwatch does without a file."""

    timezone: Annotated[str, AfterValidator(check_timezone)] = "UTC"
    database: Database = Database()
    spool: Spool = Spool()
    instances: tuple[Instance, ...] = ()
    listener: Listener = Listener()
    api: Api = Api()
    sync: Sync = Sync()
    cache: Cache = Cache()
    health: Health = Health()
    alerts: Alerts = Alerts()
    clients: tuple[Client, ...] = ()
    crm: Crm | None = None
    retention: Retention = Retention()
    terminal: Terminal = Terminal()

    @property
    def zone(self) -> tzinfo:
        """What cron expressions and quiet hours are read in."""
        return UTC if self.timezone == "UTC" else ZoneInfo(self.timezone)


def database_path(settings: Settings, environ: Mapping[str, str] | None = None) -> Path | None:
    """The file of an SQLite database, `~` expanded; None for Postgres. Raises ConfigError."""
    return settings.database.path(environ)
