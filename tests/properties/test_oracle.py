"""Whatever happens, and however it is told: after quiet and one reconcile the mirror equals the model, and on the way nothing goes back."""

from __future__ import annotations

import os
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from bisonwatch.store.database import Database
from tests.properties.doors import Weather, way

EVENTS = int(os.environ.get("BISONWATCH_EVENTS", "100000" if "CI" in os.environ else "12000"))
"""Deliveries of the long runs together, over both databases. `BISONWATCH_EVENTS=1000000` is for a night."""
SEED = int(os.environ.get("BISONWATCH_SEED", "1"))
BAD_WEATHER = st.builds(
    Weather,
    drop=st.sampled_from((0.0, 0.2, 0.9)),
    repeat=st.sampled_from((0.0, 0.5)),
    delays=st.sampled_from(((0,), (0, 1, 2), (0, 0, 30, 400, 4000))),
    skew=st.sampled_from((0, 0, 40, -40, 1500)),
    door=st.sampled_from((0.0, 0.3)),
)


@pytest.mark.timeout(600)
@settings(
    max_examples=int(os.environ.get("BISONWATCH_EXAMPLES", "8")),
    deadline=None,
    print_blob=True,
    phases=(
        Phase.explicit,
        Phase.reuse,
        Phase.generate,
    ),  # a smaller example would take hours; the seed is one
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)
@given(seed=st.integers(0, 2**32), weather=BAD_WEATHER, turns=st.lists(st.integers(1, 40), max_size=8))
async def test_a_short_history(database: Database, seed: int, weather: Weather, turns: list[int]) -> None:
    """A few hundred things at most, in all kinds of weather."""
    note(f"seed {seed}, {weather}, {turns}")
    async with way(database, Random(seed), weather) as going:
        for things in turns:
            await going.live(things)
        await going.quiet()
        await going.is_true()


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", [SEED, SEED + 1])
async def test_a_long_history(database: Database, seed: int) -> None:
    """Tens of thousands of deliveries through every door."""
    rng = Random(seed)
    async with way(database, rng, Weather(skew=rng.choice((0, 40, -40))), people=150) as going:
        while going.delivered < EVENTS // 4 - len([row for space in going.model.spaces for row in space.log]):
            await going.live(rng.choice((1, 20, 400, 1500)))
        await going.quiet()
        await going.is_true()
        assert going.delivered >= EVENTS // 4
