"""Where the mirror's database is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from bisonwatch.store import dialect as dialects
from bisonwatch.store.dialect import Dialect


@dataclass(frozen=True, slots=True)
class Place:
    """Where the database is. `schema` and the pool's settings matter on Postgres only."""

    url: str
    schema: str = "bisonwatch"
    pool: int = 5
    pooled: bool | None = None
    """Behind a transaction pooler (PgBouncer, Supabase's 6543): no prepared statements that outlive a transaction. None: look."""

    @property
    def dialect(self) -> Dialect:
        return dialects.of(self.url)

    @property
    def file(self) -> Path | None:
        """The file of an SQLite database."""
        if not self.dialect.one_writer:
            return None
        return Path(make_url(self.url).database or "").expanduser()

    @property
    def mirror(self) -> str:
        """Which mirror this is, by whichever user and options it is reached: its file, or its server, database and schema."""
        if self.file is not None:
            return f"sqlite:///{self.file.resolve()}"
        url = make_url(self.url)
        return f"postgresql://{url.host or url.query.get('host')}:{url.port or 5432}/{url.database}/{self.schema}"

    @property
    def shown(self) -> str:
        """The URL without its password; nothing of what is no URL, since a password may be in it."""
        try:
            return make_url(self.url).render_as_string(hide_password=True)
        except ArgumentError:
            return "(not a URL)"
