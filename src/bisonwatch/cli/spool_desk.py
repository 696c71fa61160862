"""What the commands of `bisonwatch db spool` begin with: the file, whose it is, and the question before anything is changed."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import click

from bisonwatch.cli.setup import config_of, settings_of
from bisonwatch.domain.clean import clean
from bisonwatch.engine import compose
from bisonwatch.errors import CallError
from bisonwatch.store import spool_desk
from bisonwatch.store.spool_desk import Kept


@dataclass(frozen=True, slots=True)
class Desk:
    """The spool's file, and the name of the mirror that `database.url` says."""

    path: Path
    ours: str

    def kept(self) -> list[Kept]:
        return spool_desk.mirrors(self.path)

    def foreign(self, mirror: str) -> Kept:
        """What is kept for another mirror. Raises CallError for ours, and for one that nothing is kept for."""
        if mirror == self.ours:
            raise CallError(
                f"{shown(mirror)} is the mirror of database.url: what waits for it drains by itself"
            )
        for kept in self.kept():
            if kept.mirror == mirror:
                return kept
        raise CallError(
            f"nothing in the spool {self.path} is for {shown(mirror)}",
            hint="`bisonwatch db spool list` names them",
        )


def desk(ctx: click.Context) -> Desk:
    settings = settings_of(config_of(ctx))
    return Desk(settings.spool.file, compose.place_of(settings.database).mirror)


def agreed(question: str, *, yes: bool) -> None:
    """Raises Abort when a person says no, CallError when nobody can be asked."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise CallError(f"{question} Nobody can be asked here", hint="--yes goes on without asking")
    if not click.confirm(question, err=True):
        raise click.Abort


def deliveries(count: int) -> str:
    return "1 delivery" if count == 1 else f"{count:,} deliveries"


def shown(mirror: str) -> str:
    """A name out of a file that may be damaged."""
    return clean(mirror)
