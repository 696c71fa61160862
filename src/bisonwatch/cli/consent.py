"""A person's yes to what cannot simply be taken back."""

from __future__ import annotations

import sys

import click

from bisonwatch.errors import CallError


def agreed(question: str, *, yes: bool) -> bool:
    """Whether to go on; asked on stderr, so that stdout stays for programs. Raises CallError where nobody can be asked."""
    if yes:
        return True
    if not sys.stdin.isatty():
        raise CallError(f"{question} Nobody can be asked here", hint="--yes goes on without asking")
    return click.confirm(question, default=False, err=True)
