"""The two alphabets of the screen: Unicode, and ASCII for terminals where ambiguous glyphs are two cells wide."""

from __future__ import annotations

from dataclasses import dataclass

from bisonwatch.domain.health import Health


@dataclass(frozen=True, slots=True)
class Glyphs:
    """One character each, unless the name says otherwise."""

    critical: str
    warning: str
    unknown: str
    healthy: str
    idle: str
    paused: str
    cursor: str
    levels: str
    """Eight heights of a bar, lowest first."""
    silence: str
    full: str
    rail: str
    rule: str
    arrow: str
    dot: str
    none: str
    thumb: str
    track: str
    down: str
    up: str
    braille: bool

    def of(self, health: Health) -> str:
        return {
            Health.CRITICAL: self.critical,
            Health.WARNING: self.warning,
            Health.UNKNOWN: self.unknown,
            Health.HEALTHY: self.healthy,
            Health.IDLE: self.idle,
            Health.PAUSED: self.paused,
        }[health]


UNICODE = Glyphs(
    critical="✖",
    warning="▲",
    unknown="?",
    healthy="●",
    idle="○",
    paused="‖",
    cursor="▌",
    levels="▁▂▃▄▅▆▇█",
    silence="·",
    full="━",
    rail="─",
    rule="─",
    arrow="→",
    dot="·",
    none="–",
    thumb="┃",
    track="│",
    down="▾",
    up="▴",
    braille=True,
)

ASCII = Glyphs(
    critical="X",
    warning="!",
    unknown="?",
    healthy=".",
    idle="o",
    paused="=",
    cursor=">",
    levels="_.-~=+*#",
    silence=".",
    full="#",
    rail="-",
    rule="-",
    arrow=">",
    dot="-",
    none="-",
    thumb="#",
    track="|",
    down="v",
    up="^",
    braille=False,
)


def glyphs(name: str) -> Glyphs:
    """`ascii` gives ASCII, anything else Unicode."""
    return ASCII if name == "ascii" else UNICODE


WORDS = {
    Health.CRITICAL: ("crit", "critical"),
    Health.WARNING: ("warn", "warning"),
    Health.UNKNOWN: ("unkn", "unknown"),
    Health.HEALTHY: ("ok", "healthy"),
    Health.IDLE: ("idle", "idle"),
    Health.PAUSED: ("off", "paused"),
}
"""The short and the long word of each state."""
