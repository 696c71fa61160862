"""The API log and the validation log over the API."""

from __future__ import annotations

import pytest

from bisonwatch.metrics import FlawKey
from tests.api.conftest import VIEWER, Desk

pytestmark = pytest.mark.asyncio(loop_scope="module")
