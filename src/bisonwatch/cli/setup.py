"""What commands begin with: the settings, and the redactor that knows their secrets."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import click

from bisonwatch.config import redaction
from bisonwatch.config.check import check
from bisonwatch.config.load import Loaded, load
from bisonwatch.config.remark import Level
from bisonwatch.config.settings import Settings
from bisonwatch.errors import ConfigError

_STARTING = ("database", "instances", "listener", "api")
"""The parts that start with an engine; what is unset elsewhere stops nothing until its own part is built."""


def settings_of(config: Path | None, flags: Mapping[str, str] | None = None) -> Settings:
    """The settings; their secrets are masked in logs from now on. Raises ConfigError."""
    loaded = loaded_of(config, flags)
    for warning in loaded.warnings:
        click.echo(f"bisonwatch: {warning}", err=True)
    return loaded.settings


def loaded_of(config: Path | None, flags: Mapping[str, str] | None = None) -> Loaded:
    loaded = load(config, os.environ, flags)
    redaction.learn(loaded.settings)
    return loaded


def ready_to_run(config: Path | None) -> Settings:
    """The settings of an engine that is about to start. Raises ConfigError, a line for each thing that would stop it."""
    loaded = loaded_of(config)
    watched(loaded.settings)
    errors = [remark for remark in check(loaded, os.environ) if remark.level is Level.ERROR]
    wrong = [remark for remark in errors if remark.key.startswith(_STARTING)]
    if wrong:
        raise ConfigError("\n".join(f"{remark.source}: {remark.key}: {remark.message}" for remark in wrong))
    return loaded.settings


def watched(settings: Settings) -> Settings:
    """Raises ConfigError when there is nothing to watch."""
    if not settings.instances:
        raise ConfigError(
            "nothing to watch: the configuration names no instances",
            hint="`bisonwatch config init` writes an example file; `bisonwatch demo` needs none",
        )
    return settings


def config_of(ctx: click.Context) -> Path | None:
    """The `--config` given before the command."""
    found = ctx.find_root().obj
    return found if isinstance(found, Path) else None
