"""What a person asked `bisonwatch export` for."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bisonwatch.cli.when import moment_of
from bisonwatch.domain.export import EXPORTS, Export, Window, dated
from bisonwatch.domain.ids import WorkspaceKey, resolve
from bisonwatch.errors import CallError
from bisonwatch.exports.writing import Form, Format

_ENDINGS = {".csv": Format.CSV, ".jsonl": Format.JSONL, ".ndjson": Format.JSONL, ".parquet": Format.PARQUET}


@dataclass(frozen=True, slots=True)
class Call:
    """Raises CallError for what does not go together."""

    name: str
    format: Format | None
    output: Path | None
    force: bool
    words: tuple[str, ...]
    since: str | None
    until: str | None
    limit: int | None
    gzip: bool
    bom: bool
    bare: bool

    def __post_init__(self) -> None:
        form = self.form
        if form.format is not Format.CSV and (self.bom or self.bare):
            raise CallError(f"--bom and --no-guard are of csv, not of {form.format}")
        if self.output is None and self.force:
            raise CallError("--force goes with --output FILE")
        if self.output is None and form.format is Format.PARQUET:
            raise CallError("parquet needs a file", hint=f"--output {self.name}.parquet")
        if self.output is None and form.gzip and sys.stdout.isatty():
            raise CallError("compressed bytes are nothing for a terminal", hint="--output FILE, or a pipe")

    @property
    def export(self) -> Export:
        return EXPORTS[self.name]

    @property
    def form(self) -> Form:
        told, packed = _of_name(self.output)
        return Form(self.format or told or Format.CSV, not self.bare, self.bom, self.gzip or packed)

    def window(self, names: Mapping[WorkspaceKey, str], now: datetime) -> Window:
        """Raises UnknownWorkspace, CallError."""
        keys = frozenset(resolve(word, names.items()) for word in self.words) if self.words else None
        since = moment_of(self.since, now) if self.since else None
        until = moment_of(self.until, now, "--until") if self.until else None
        return dated(self.export, Window(keys, since, until, self.limit))


def _of_name(file: Path | None) -> tuple[Format | None, bool]:
    """What a file's name tells: its format, and whether it is compressed."""
    if file is None:
        return None, False
    packed = file.suffix.lower() == ".gz"
    return _ENDINGS.get((file.with_suffix("") if packed else file).suffix.lower()), packed
