"""Routes of a workspace's small lists: tags, custom variables, and whom it never writes to."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from bisonwatch.clients.bison import wire
from bisonwatch.clients.bison.door import Door, plain
from bisonwatch.clients.bison.pages import Page


class Labels:
    def __init__(self, door: Door) -> None:
        self._door = door

    async def tags(self) -> tuple[wire.TagRow, ...]:
        """All tags; whether the provider pages them is not known, so that either is taken."""
        return await self._door.collected("/api/tags", wire.tag_row)

    async def variables(self) -> tuple[wire.VariableRow, ...]:
        """All custom variables."""
        return await self._door.collected("/api/custom-variables", wire.variable_row)

    def blocked_emails_pages(self) -> AsyncGenerator[Page[wire.BlockedRow], None]:
        """Addresses never written to."""
        return self._door.pages("/api/blacklisted-emails", plain(wire.blocked_email))

    def blocked_domains_pages(self) -> AsyncGenerator[Page[wire.BlockedRow], None]:
        """Domains never written to."""
        return self._door.pages("/api/blacklisted-domains", plain(wire.blocked_domain))
