"""The scripted Xero that the client is tested against."""

from __future__ import annotations

import pytest

from tests.unit.xero.scripted import ScriptedXero


@pytest.fixture
def xero() -> ScriptedXero:
    return ScriptedXero()
