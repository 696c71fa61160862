"""How much is measured: enough to trust (the default), the whole thing in three minutes (`--quick`), or hours (`--long`)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sizes:
    """Lengths are in seconds, backlogs and batches in events."""

    ack_s: float
    ack_warm_s: float
    cost_s: float
    backlog: int
    one_by_one: int
    probes_idle: int
    busy_s: float
    terminal_s: float
    accounts: int
    memory_events: int
    memory_rate: int
    starts: int
    history_days: int
    scale_workspaces: int
    scale_accounts: int
    scale_events: int
    year_part: int
    """Of a year of 120,000 events a day, one part in so many."""
    latency_s: float = 0.3
    """P4: what the provider takes for an answer."""
    kinds: int = 2
    """On so many kinds of database P4 and P12 are measured, which spend their time elsewhere."""


NORMAL = Sizes(
    ack_s=5.0,
    ack_warm_s=1.0,
    cost_s=8.0,
    backlog=100_000,
    one_by_one=1_500,
    probes_idle=60,
    busy_s=15.0,
    terminal_s=20.0,
    accounts=4_000,
    memory_events=20_000,
    memory_rate=400,
    starts=5,
    history_days=180,
    scale_workspaces=2_000,
    scale_accounts=300_000,
    scale_events=1_000_000,
    year_part=50,
)
QUICK = Sizes(
    ack_s=0.7,
    ack_warm_s=0.2,
    cost_s=1.0,
    backlog=10_000,
    one_by_one=100,
    probes_idle=6,
    busy_s=2.0,
    terminal_s=2.0,
    accounts=400,
    memory_events=400,
    memory_rate=200,
    starts=2,
    history_days=20,
    scale_workspaces=50,
    scale_accounts=5_000,
    scale_events=20_000,
    year_part=500,
    latency_s=0.05,
    kinds=1,
)
LONG = Sizes(
    ack_s=30.0,
    ack_warm_s=3.0,
    cost_s=60.0,
    backlog=1_000_000,
    one_by_one=10_000,
    probes_idle=300,
    busy_s=120.0,
    terminal_s=60.0,
    accounts=4_000,
    memory_events=1_000_000,
    memory_rate=1_000,
    starts=15,
    history_days=365,
    scale_workspaces=2_000,
    scale_accounts=300_000,
    scale_events=10_000_000,
    year_part=1,
)
