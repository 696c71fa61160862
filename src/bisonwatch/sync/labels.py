"""What an account's tags and type mean, by the configuration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bisonwatch.domain.account import Account, provider_of, reseller_of
from bisonwatch.store.accounts import Labelled


class Labels:
    """`sync.provider_tags` and `sync.reseller_tags`."""

    def __init__(
        self, provider_tags: Mapping[str, Sequence[str]] | None = None, reseller_tags: Sequence[str] = ()
    ) -> None:
        self._providers = provider_tags or {}
        self._resellers = reseller_tags

    def of(self, account: Account) -> Labelled:
        provider = provider_of(account.type, account.tags, self._providers)
        return Labelled(account, provider, reseller_of(account.tags, self._resellers))
