"""`bisonwatch db backup`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from bisonwatch.cli.setup import config_of, settings_of
from bisonwatch.engine import compose
from bisonwatch.errors import CallError, StartError, StoreUnavailable
from bisonwatch.store import backup as store
from bisonwatch.store import logs_beside
from bisonwatch.store.backup import Told
from bisonwatch.store.place import Place


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--force", is_flag=True, help="Replace FILE when it is there.")
@click.pass_context
def backup(ctx: click.Context, file: Path, *, force: bool) -> None:
    """Copy an SQLite mirror to FILE while the engine runs, and check the copy.

    On Postgres it says which command makes one.

    Example: bisonwatch db backup /backups/mirror-today.db
    """
    place = compose.place_of(settings_of(config_of(ctx)).database)
    source = _source(place, file)
    there = [file] if file.exists() else logs_beside.there(file)
    if there and not force:
        raise CallError(f"{there[0]} is there already", hint="--force replaces it")
    try:
        with _progress() as told:
            size = store.backup(source, file, told)
    except OSError as error:
        raise StartError(f"{file} cannot be written: {error.strerror or error}") from error
    click.echo(f"{source} copied to {file}: {size / 1e6:,.1f} MB, checked")


def _source(place: Place, file: Path) -> Path:
    """Raises CallError, StoreUnavailable."""
    if place.file is None:
        command = store.dump_command(place, file)
        raise CallError(f"{place.shown} is Postgres; its own tool makes the backup: {command}")
    if not place.file.exists():
        raise StoreUnavailable(f"there is no mirror at {place.file} yet")
    if file.exists() and file.samefile(place.file):
        raise CallError(f"{file} is the mirror itself")
    if file.resolve() in logs_beside.beside(place.file.resolve()):
        raise CallError(f"{file} is the mirror's own log")
    return place.file


@contextmanager
def _progress() -> Iterator[Told]:
    """A bar on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    with click.progressbar(length=1, label="copying", file=sys.stderr) as bar:

        def told(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        yield told
