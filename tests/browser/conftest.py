"""Chromium for the journeys: the one that `tools/browser` found, in a box of its own unless we are root."""

from __future__ import annotations

import os
from typing import Any

import pytest


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Start the browser of this machine; as root Chromium starts without its sandbox only."""
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
    return browser_type_launch_args | {
        "executable_path": os.environ.get("CHROMIUM") or "/usr/bin/chromium",
        "args": [*as_root, "--disable-gpu", "--disable-dev-shm-usage"],
    }
