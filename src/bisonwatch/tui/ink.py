"""Roles to styles: the only place that turns a word such as `crit` into colours, from the theme in use."""

from __future__ import annotations

from collections.abc import Mapping

from rich.style import Style
from textual.color import Color, ColorParseError

OWN_VARIABLES = (
    "ink",
    "ink-soft",
    "ink-faint",
    "rule",
    "brand",
    "key",
    "chart",
    "trend",
    "bar",
    "rail",
    "lag-hot",
    "lag-warm",
    "state-critical",
    "state-warning",
    "state-unknown",
    "state-healthy",
    "state-idle",
    "state-paused",
    "cursor-back",
    "cursor-ink",
)
"""The names a theme's [variables] may set beside Textual's own."""

_FALLBACK: dict[str, tuple[str, float]] = {
    "ink": ("foreground", 0.0),
    "ink-soft": ("foreground", 0.3),
    "ink-faint": ("foreground", 0.55),
    "rule": ("foreground", 0.75),
    "brand": ("primary", 0.0),
    "key": ("accent", 0.0),
    "chart": ("primary", 0.0),
    "trend": ("primary", 0.45),
    "bar": ("primary", 0.0),
    "rail": ("foreground", 0.75),
    "lag-hot": ("error", 0.0),
    "lag-warm": ("warning", 0.0),
    "state-critical": ("error", 0.0),
    "state-warning": ("warning", 0.0),
    "state-unknown": ("accent", 0.0),
    "state-healthy": ("success", 0.0),
    "state-idle": ("success", 0.25),
    "state-paused": ("foreground", 0.4),
    "cursor-back": ("primary", 0.72),
    "cursor-ink": ("foreground", 0.0),
}
"""Where a theme is silent: a base colour, and how far it is mixed into the background."""

_ROLES: dict[str, tuple[str, str]] = {
    "ink": ("ink", ""),
    "soft": ("ink-soft", ""),
    "faint": ("ink-faint", ""),
    "strong": ("ink", "bold"),
    "rule": ("rule", ""),
    "brand": ("brand", "bold"),
    "title": ("brand", "bold"),
    "link": ("brand", ""),
    "key": ("key", "bold"),
    "chart": ("chart", ""),
    "trend": ("trend", ""),
    "bar": ("bar", ""),
    "rail": ("rail", ""),
    "hot": ("lag-hot", "bold"),
    "warm": ("lag-warm", ""),
    "crit": ("state-critical", "bold"),
    "warn": ("state-warning", "bold"),
    "unknown": ("state-unknown", "bold"),
    "ok": ("state-healthy", ""),
    "idle": ("state-idle", ""),
    "paused": ("state-paused", ""),
    "live": ("state-healthy", "bold"),
    "tab": ("ink-soft", ""),
    "tab-on": ("brand", "bold reverse"),
    "badge-soft": ("ink-soft", "reverse"),
    "badge-warn": ("state-warning", "bold reverse"),
    "badge-crit": ("state-critical", "bold reverse"),
    "badge-ok": ("state-healthy", "bold reverse"),
}
_MONO = {
    "soft": "",
    "faint": "dim",
    "rule": "dim",
    "strong": "bold",
    "brand": "bold",
    "title": "bold",
    "key": "bold underline",
    "hot": "bold",
    "crit": "bold reverse",
    "warn": "bold",
    "unknown": "bold underline",
    "rail": "dim",
}


class Ink:
    """Styles by role, each made once per theme. A role ending in `@cursor` lies on the cursor's row."""

    def __init__(self, variables: Mapping[str, str], *, mono: bool = False) -> None:
        self._mono = mono
        self._variables = variables
        self._background = self._color("background") or Color(0, 0, 0)
        self._made: dict[str, Style] = {}

    def style(self, role: str) -> Style:
        style = self._made.get(role)
        if style is None:
            style = self._made[role] = self._make(role)
        return style

    def color(self, name: str) -> Color | None:
        """One of our variables, from the theme or mixed from what the theme has."""
        own = self._color(name)
        if own is not None:
            return own
        base, mix = _FALLBACK[name]
        color = self._color(base)
        if color is None or not mix or color.ansi is not None or self._background.ansi is not None:
            return color
        return color.blend(self._background, mix)

    def _make(self, role: str) -> Style:
        role, _, layer = role.partition("@")
        variable, attributes = _ROLES.get(role, _ROLES["ink"])
        if self._mono:
            style = Style.parse(_MONO.get(role, attributes.replace("bold ", "")) or "none")
            return style + Style(reverse=True) if layer else style
        color = self.color(variable)
        style = Style(color=color.rich_color if color else None) + Style.parse(attributes or "none")
        if attributes.endswith("reverse"):
            style += Style(bgcolor=self._background.rich_color)
        return style + self._cursor(role) if layer else style

    def _cursor(self, role: str) -> Style:
        back = self.color("cursor-back")
        if back is None or back.ansi is not None:
            return Style(reverse=True)
        ink = self.color("cursor-ink") if role in ("ink", "strong") else None
        return Style(bgcolor=back.rich_color, color=ink.rich_color if ink else None)

    def _color(self, name: str) -> Color | None:
        text = self._variables.get(name)
        if not text or text.startswith("auto"):
            return None
        try:
            return Color.parse(text)
        except ColorParseError:
            return None
