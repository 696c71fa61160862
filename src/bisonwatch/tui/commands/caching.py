"""Datasets and the cache that keeps them: looked at, made anew, cleared."""

from __future__ import annotations

from bisonwatch.tui.commands.acting import Act
from bisonwatch.tui.commands.command import Command
from bisonwatch.tui.commands.target import Target


class Datasets(Command):
    id, name, keys = "ws.datasets", "Datasets of the workspace", ("i",)
    help = "KPI, volume, revenue and infrastructure of the selected workspace, with their age"
    footer, rank = "datasets", 9

    def unavailable(self, target: Target) -> str | None:
        reason = super().unavailable(target)
        return reason or ("no workspace is selected" if target.workspace is None else None)

    def run(self, target: Target) -> None:
        if target.workspace is not None:
            target.open_datasets(target.workspace)


class Cache(Command):
    id, name, keys = "view.cache", "Cache of datasets", ("K",)
    help = "how old each dataset of each workspace is, and how well readers were answered"

    def run(self, target: Target) -> None:
        target.open_cache(target.workspace)


class Refresh(Act):
    id, name, keys = "cache.refresh", "Make the dataset now", ("f",)
    help = "make the selected dataset anew out of the mirror; in a workspace's datasets, all four"
    footer, rank = "make now", 2

    def unavailable(self, target: Target) -> str | None:
        reason = super().unavailable(target)
        return reason or ("no dataset is shown here: K shows them" if target.wares is None else None)

    def run(self, target: Target) -> None:
        if target.wares is not None:
            target.refresh_datasets(target.wares)


class RefreshAll(Act):
    id, name, keys = "cache.refresh_all", "Make all datasets now", ("F",)
    help = "make every dataset of every workspace anew out of the mirror"
    footer, rank = "make all", 3

    def run(self, target: Target) -> None:
        target.refresh_datasets(None)


class Clear(Act):
    id, name, keys, confirms = "cache.clear", "Clear the cache of datasets", ("W",), True
    help = "throw away every dataset that is kept, on every node; they are made anew; asks"
    footer, rank = "clear", 4

    def run(self, target: Target) -> None:
        target.ask_clear()


CACHING: tuple[Command, ...] = (Datasets(), Cache(), Refresh(), RefreshAll(), Clear())
