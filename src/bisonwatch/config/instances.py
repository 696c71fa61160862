"""The instances of the provider that are watched, and the clients behind their workspaces."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator, Field, PlainSerializer

from bisonwatch.config.secrets import SecretText
from bisonwatch.config.section import Section
from bisonwatch.config.values import Interval, Share, Url, Workspace, said


class WorkspaceChoice(Section):
    """One workspace that is watched, with a key of its own or the instance's."""

    id: int = Field(ge=1)
    api_key: SecretText | None = None


def _choices(value: object) -> object:
    """`all` is None; a bare number is a choice without a key of its own."""
    if value is None or value == "all":
        return None
    if not isinstance(value, list | tuple):
        raise ValueError(f"write all, or a list such as [12, 13], not {said(value)}")
    if not value:
        raise ValueError("an empty list watches nothing; write all, or a list such as [12, 13]")
    return [{"id": entry} if isinstance(entry, int | str) else entry for entry in value]


def _written(value: tuple[WorkspaceChoice, ...] | None) -> object:
    return "all" if value is None else [choice.model_dump(mode="json") for choice in value]


class Breaker(Section):
    """After `failures` in a row nothing is asked for `open_for`; then one probe."""

    failures: int = Field(default=5, ge=1)
    open_for: Interval = timedelta(seconds=60)


class Instance(Section):
    """One Email Bison installation."""

    name: str = Field(pattern=r"^[a-z0-9-]+$")
    url: Url
    api_key: SecretText | None = None
    webhook_token: SecretText | None = None
    signing_secret: SecretText | None = None
    workspaces: Annotated[
        tuple[WorkspaceChoice, ...] | None, BeforeValidator(_choices), PlainSerializer(_written)
    ] = None
    """None: all."""
    switch_workspaces: bool = False
    pace: Annotated[Share, Field(gt=0)] = 0.8
    breaker: Breaker = Breaker()

    def key_for(self, workspace: int) -> SecretText | None:
        """The secret that serves this workspace: its own, else the instance's."""
        own = (choice.api_key for choice in self.workspaces or () if choice.id == workspace)
        return next(own, None) or self.api_key

    def watches(self, workspace: int) -> bool:
        return self.workspaces is None or any(choice.id == workspace for choice in self.workspaces)


class Client(Section):
    """What is agreed with the client behind a workspace; money is per month in `currency`."""

    workspace: Workspace
    kpi_target: int | None = Field(default=None, ge=0)
    retainer: Decimal = Field(default=Decimal(0), ge=0)
    price_per_lead: Decimal = Field(default=Decimal(0), ge=0)
    monthly_cost: Decimal = Field(default=Decimal(0), ge=0)
    currency: str = Field(default="USD", pattern=r"^[A-Z]{3}$")
