"""`bisonwatch accounts providers`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from datetime import UTC

import click

from bisonwatch.cli.looking import opened
from bisonwatch.cli.setup import config_of, settings_of
from bisonwatch.config.health import Thresholds
from bisonwatch.config.settings import Settings
from bisonwatch.domain.ids import WorkspaceKey
from bisonwatch.domain.providers import (
    NEAR,
    PERIOD,
    Group,
    Period,
    Standing,
    Trend,
    by_provider,
    disconnect_rates,
    reply_trends,
)
from bisonwatch.store import provider_days, workspaces

Groups = Sequence[Group]
Names = Mapping[WorkspaceKey, str]


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object, as docs/commands.md describes it.")
@click.pass_context
def providers(ctx: click.Context, as_json: bool) -> None:
    """How each mail provider fares, where accounts lose their connection, and whose reply rate dropped.

    Example: bisonwatch accounts providers
    """
    click.echo(asyncio.run(_providers(settings_of(config_of(ctx)), as_json=as_json)))


async def _providers(settings: Settings, *, as_json: bool) -> str:
    limits = settings.health.thresholds
    async with opened(settings) as database:
        today = database.clock.now().astimezone(UTC).date()
        async with database.read() as tx:
            groups = await provider_days.groups(tx)
            days = await provider_days.between(tx, today - 2 * PERIOD - NEAR, today)
            names = await workspaces.names(tx)
    trends = {trend.provider: trend for trend in reply_trends(days, today)}
    if as_json:
        return json.dumps(_members(groups, trends, names, limits), ensure_ascii=False)
    return "\n".join(_lines(groups, trends, names, limits)) or "no account is known yet"


def _lines(groups: Groups, trends: Mapping[str, Trend], names: Names, limits: Thresholds) -> list[str]:
    lines = []
    for provider, standing in by_provider(groups).items():
        lines.append(f"{provider}: {_standing(standing)}")
        lines.append(f"  {_trend(trends.get(provider), limits)}")
    for (key, provider), rate in disconnect_rates(groups).items():
        if rate > limits.disconnect_rate:
            lines.append(
                f"{key} {names.get(key, '')}: {rate:.1%} of its {provider} accounts are disconnected"
            )
    return lines


def _standing(one: Standing) -> str:
    return (
        f"{one.accounts:,} accounts, {one.disconnected:,} disconnected ({_percent(one.disconnect_rate)}); "
        f"{one.sent:,} sent, {one.replied:,} replied ({_percent(one.reply_rate)}), "
        f"{one.bounced:,} bounced ({_percent(one.bounce_rate)})"
    )


def _trend(trend: Trend | None, limits: Thresholds) -> str:
    if trend is None or trend.drop is None:
        return "its reply rate cannot be compared yet: that takes two weeks of days on which it sent and was answered"
    turn = "down" if trend.drop > 0 else "up"
    told = " (over the threshold)" if trend.dropped(limits.reply_rate_drop) else ""
    rates = f"{_percent(trend.now.reply_rate)}, {_percent(trend.before.reply_rate)} in the 7 days before"
    return f"reply rate of the last 7 days {rates}: {turn} {abs(trend.drop):.0%}{told}"


def _percent(share: float | None) -> str:
    return "not known" if share is None else f"{share:.2%}"


def _members(
    groups: Groups, trends: Mapping[str, Trend], names: Names, limits: Thresholds
) -> dict[str, object]:
    return {
        "providers": [
            {
                "provider": provider,
                "accounts": one.accounts,
                "connected": one.connected,
                "disconnect_rate": one.disconnect_rate,
                "sent": one.sent,
                "replied": one.replied,
                "bounced": one.bounced,
                "reply_rate": one.reply_rate,
                "bounce_rate": one.bounce_rate,
                **_compared(trends.get(provider), limits),
            }
            for provider, one in by_provider(groups).items()
        ],
        "workspaces": [
            {
                "instance": key.instance,
                "workspace": key.id,
                "name": names.get(key, ""),
                "provider": provider,
                "disconnect_rate": rate,
                "over": rate > limits.disconnect_rate,
            }
            for (key, provider), rate in disconnect_rates(groups).items()
        ],
    }


def _compared(trend: Trend | None, limits: Thresholds) -> dict[str, object]:
    return {
        "last_7_days": _period(trend.now if trend else Period()),
        "7_days_before": _period(trend.before if trend else Period()),
        "drop": trend.drop if trend else None,
        "dropped": trend.dropped(limits.reply_rate_drop) if trend else False,
    }


def _period(period: Period) -> dict[str, object]:
    return {"sent": period.sent, "replied": period.replied, "reply_rate": period.reply_rate}
