"""Where an export goes: a file that is whole or not there, or stdout."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bisonwatch.domain.clean import on_a_terminal
from bisonwatch.errors import CallError, StartError
from bisonwatch.exports.writing import Form
from bisonwatch.store import logs_beside
from bisonwatch.store.place import Place


class Output:
    """Bytes on their way."""

    def __init__(self, send: Callable[[bytes], object]) -> None:
        self._send = send
        self.size = 0

    def write(self, chunk: bytes) -> None:
        self._send(chunk)
        self.size += len(chunk)


def checked(file: Path | None, place: Place, *, force: bool) -> Path | None:
    """The file that a link leads to, when it may be written. Raises CallError."""
    if file is None:
        return None
    file = file.resolve()
    mirror = place.file.resolve() if place.file else None
    if mirror and (
        file in (mirror, *logs_beside.beside(mirror)) or (file.exists() and file.samefile(mirror))
    ):
        raise CallError(f"{file} is the mirror itself")
    if file.exists() and not file.is_file():
        raise CallError(f"{file} is no file", hint="without --output it goes to stdout")
    if file.exists() and not force:
        raise CallError(f"{file} is there already", hint="--force replaces it")
    return file


@contextmanager
def opened_for(file: Path | None, form: Form) -> Iterator[Output]:
    """Takes the bytes; a reader that goes away has had enough. The file has its name when all of them are on the disk, and never before. Raises StartError."""
    if file is None:
        try:
            yield _stdout(form)
            sys.stdout.buffer.flush()
        except BrokenPipeError:  # `| head`: enough was read; click would make it a failure
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return
    try:
        with _part(file) as handle:
            yield Output(handle)
    except OSError as error:
        raise StartError(f"{file} cannot be written: {(error.strerror or str(error)).lower()}") from error


def _stdout(form: Form) -> Output:
    out = sys.stdout.buffer
    if sys.stdout.isatty() and not form.gzip:
        return Output(lambda chunk: out.write(on_a_terminal(chunk.decode()).encode()))
    return Output(out.write)


@contextmanager
def _part(file: Path) -> Iterator[Callable[[bytes], object]]:
    """A file beside it that only we may read, named as it at the end; else gone."""
    number, name = tempfile.mkstemp(prefix=f"{file.name}.", suffix=".part", dir=file.parent)
    part = Path(name)
    try:
        with os.fdopen(number, "wb") as handle:
            yield handle.write
            handle.flush()
            os.fsync(handle.fileno())
        part.replace(file)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
