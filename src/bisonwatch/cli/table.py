"""A group of commands that are imported only when they are called."""

from __future__ import annotations

import importlib
from collections.abc import Mapping

import click


class Table(click.Group):
    """`commands` are (name, summary); the module `bisonwatch.cli.<pattern>` holds each as a function of the same name."""

    def __init__(self, *arguments: object, words: Mapping[str, str], pattern: str, **more: object) -> None:
        super().__init__(*arguments, **more)  # type: ignore[arg-type]  # click's own signature is of this shape
        self._words = words
        self._pattern = pattern

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self._words)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._words:
            return None
        module = importlib.import_module(f"bisonwatch.cli.{self._pattern.format(cmd_name)}")
        command: click.Command = getattr(module, cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Without importing a single command."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self._words.items()))
