"""Which countries, currencies, time zones and locales exist."""

from __future__ import annotations

import pytest

from bluestamp.people import places


@pytest.mark.parametrize("code", ["GB", "NZ", "US", "AU"])
def test_a_country_is_known_by_two_letters(code: str) -> None:
    assert places.faults_of_country(code, field="country") == []


@pytest.mark.parametrize("code", ["", "gb", "XX9", "GBR", "001", "QQ"])
def test_what_is_no_country_is_a_fault_of_its_field(code: str) -> None:
    (fault,) = places.faults_of_country(code, field="country")
    assert fault.field == "country"


@pytest.mark.parametrize(
    ("code", "exists"), [("GBP", True), ("NZD", True), ("gbp", False), ("", False), ("ZZZ", False)]
)
def test_a_currency_is_known_by_three_letters(code: str, exists: bool) -> None:
    assert (places.faults_of_currency(code, field="currency") == []) is exists


@pytest.mark.parametrize(
    ("name", "exists"), [("Europe/London", True), ("UTC", True), ("London", False), ("", False)]
)
def test_a_time_zone_is_known_by_its_name(name: str, exists: bool) -> None:
    assert (places.faults_of_time_zone(name, field="time_zone") == []) is exists


@pytest.mark.parametrize(("tag", "exists"), [("en-GB", True), ("de-CH", True), ("en-XX", False), ("", False)])
def test_a_locale_is_known_by_its_tag(tag: str, exists: bool) -> None:
    assert (places.faults_of_locale(tag, field="locale") == []) is exists


@pytest.mark.parametrize(("country", "locale"), [("NZ", "en-NZ"), ("US", "en-US"), ("JP", "en-GB")])
def test_a_country_is_written_in_its_own_english_or_britains(country: str, locale: str) -> None:
    assert places.locale_of(country) == locale
