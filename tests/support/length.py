"""How long the tests go on: minutes, or hours."""

from __future__ import annotations

import os

LONG = os.environ.get("BISONWATCH_FAULTS") == "long"
"""With BISONWATCH_FAULTS=long attacks go on ten times as long, and hit every place instead of some."""
