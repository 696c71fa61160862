"""`bisonwatch keys mint`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import click

from bisonwatch.cli.choosing import chosen
from bisonwatch.cli.consent import agreed
from bisonwatch.cli.keys_file import KeyFile
from bisonwatch.cli.keys_ring import Ring, ring
from bisonwatch.cli.setup import config_of, loaded_of, settings_of
from bisonwatch.clients.bison.pace import Priority
from bisonwatch.config.settings import Settings
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.errors import BisonwatchError, CallError, ProviderUnreachable
from bisonwatch.logs import redact

NAME = "bisonwatch"
"""What the key is called in the provider's settings."""

Named = list[tuple[WorkspaceKey, str]]


@click.command()
@click.argument("wanted", metavar="[WORKSPACE]...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every workspace that has no key of its own yet.")
@click.option(
    "--to",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="The folder for the files, one for each key; for a single workspace also the file itself. Default: keys, beside the configuration.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def mint(ctx: click.Context, wanted: tuple[str, ...], everything: bool, to: Path | None, yes: bool) -> None:
    """Make an api-user key for each workspace out of the instance's super-admin key, each in a file of mode 0600; workspaces that have one are skipped.

    Example: bisonwatch keys mint --all --to /etc/bisonwatch/keys
    """
    settings = settings_of(config_of(ctx))
    place = to or (loaded_of(config_of(ctx)).path or Path("bisonwatch.yaml")).parent / "keys"
    ctx.exit(asyncio.run(_mint(settings, wanted, everything, place, yes=yes)))


async def _mint(
    settings: Settings, wanted: Sequence[str], everything: bool, place: Path, *, yes: bool
) -> int:
    async with ring(settings) as found:
        for one in found.asked:
            if one.error is not None:
                click.echo(f"bisonwatch: instance {one.instance.name}: {one.error}", err=True)
        targets = _targets(found, wanted, everything)
        files = _files([key for key, _ in targets], place)
        new = [(key, name) for key, name in targets if not _has_one(found, key, name, files[key])]
        where = next(iter(files.values())).path if len(files) == 1 else place
        count = "1 key" if len(new) == 1 else f"{len(new)} keys"
        if not new or not agreed(f"mint {count} and write to {where}?", yes=yes):
            return 0 if not new else 1
        done, failed = await _each(found, new, files)
        _say_config(done, files)
        return 1 if failed else 0


def _targets(found: Ring, wanted: Sequence[str], everything: bool) -> Named:
    admins = found.admins
    if not admins:
        raise CallError(
            "no super-admin key is configured as an instance's api_key, and only such a key can make others",
            hint="`bisonwatch keys list` shows what there is",
        )
    known = [(one.workspace, one.name) for one in found.served if one.workspace.instance in admins]
    return chosen(wanted, everything, known)


def _files(keys: Sequence[WorkspaceKey], place: Path) -> dict[WorkspaceKey, KeyFile]:
    place = place.expanduser().absolute()
    if len(keys) == 1 and place.suffix and not place.is_dir():
        return {keys[0]: KeyFile(place)}
    if place.exists() and not place.is_dir():
        raise CallError(f"{place} is a file; several keys need a folder")
    return {key: KeyFile(place / f"{key.instance}-{key.id}.key") for key in keys}


def _has_one(found: Ring, key: WorkspaceKey, name: str, file: KeyFile) -> bool:
    if found.providers.key(key).own is not None:
        click.echo(f"{key} {name}: skipped, it has a key of its own")
        return True
    if file.path.exists():
        click.echo(f"{key} {name}: skipped, {file.path} is there already and is not overwritten")
        return True
    return False


async def _each(
    found: Ring, targets: Named, files: dict[WorkspaceKey, KeyFile]
) -> tuple[list[WorkspaceKey], int]:
    """One after another, each on the disk before the next is made. A disk that fails ends it: no more keys are made then."""
    done: list[WorkspaceKey] = []
    failed = 0
    for key, name in targets:
        try:
            await _one(found, key, files[key])
            done.append(key)
            click.echo(f"{key} {name}: minted, in {files[key].path}")
        except BisonwatchError as error:
            failed += 1
            click.echo(f"{key} {name}: failed: {error}")
        except OSError as error:
            failed += 1
            click.echo(f"{key} {name}: failed: {files[key].path}: {(error.strerror or 'error').lower()}")
            if files[key].part.exists():
                click.echo(
                    f"{key} {name}: {files[key].part} may hold the key: say the same again, and it is taken from there"
                )
            break
    return done, failed


async def _one(found: Ring, key: WorkspaceKey, file: KeyFile) -> None:
    """Raises BisonwatchError, OSError."""
    admin = found.admins[key.instance]
    try:
        text = file.reserve()
        if text is None:
            text = await admin.key.at(Priority.INTERACTIVE).workspaces.mint_key(key.id, NAME)
    except ProviderUnreachable as error:
        file.drop()
        raise CallError(
            f"{error}; it may have been made all the same: look for '{NAME}' among the workspace's keys at the provider"
        ) from error
    except BisonwatchError:
        file.drop()
        raise
    redact.learn(text)
    file.keep(text)
    trial = admin.instance.trial(key.id, text)
    try:
        await trial.serve(key)
    except BisonwatchError as error:
        raise CallError(f"the key is in {file.path}, but: {error}") from error


def _say_config(done: Sequence[WorkspaceKey], files: dict[WorkspaceKey, KeyFile]) -> None:
    for instance in sorted({key.instance for key in done}):
        click.echo(f"\nput into the configuration, under instances: {instance}:\n    workspaces:")
        for key in done:
            if key.instance == instance:
                click.echo(f'      - {{id: {key.id}, api_key: "file:{files[key].path}"}}')
