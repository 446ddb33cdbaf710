"""Of whom two-factor authentication is demanded: every setting by every role."""

from __future__ import annotations

import pytest

from bluestamp.people import two_factor

EVERYBODY, MONEY, NOBODY = "everybody", "money", "nobody"


@pytest.mark.parametrize(
    ("setting", "role", "is_demanded"),
    [
        (EVERYBODY, "owner", True),
        (EVERYBODY, "producer", True),
        (EVERYBODY, "bookkeeper", True),
        (EVERYBODY, "accountant", True),
        (MONEY, "owner", True),
        (MONEY, "producer", False),
        (MONEY, "bookkeeper", True),
        (MONEY, "accountant", True),
        (NOBODY, "owner", False),
        (NOBODY, "producer", False),
        (NOBODY, "bookkeeper", False),
        (NOBODY, "accountant", False),
    ],
)
def test_a_studio_demands_it_by_its_setting_and_the_role(setting: str, role: str, is_demanded: bool) -> None:
    assert two_factor.is_demanded(setting, role) is is_demanded
