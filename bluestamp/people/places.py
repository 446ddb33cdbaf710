"""Countries, currencies, time zones and locales: which codes exist, and which locale suits a country."""

from __future__ import annotations

import zoneinfo
from functools import cache

from babel import Locale, localedata

from bluestamp.errors import Invalid


def faults_of_country(code: str, *, field: str) -> list[Invalid]:
    """What is wrong with a country's two letters (ISO 3166); nothing when it exists."""
    if len(code) == 2 and code.isupper() and code in _english().territories:
        return []
    return [Invalid(f"“{code}” is no country. Use its two letters, such as GB or NZ.", field=field)]


def faults_of_currency(code: str, *, field: str) -> list[Invalid]:
    """What is wrong with a currency's three letters (ISO 4217); nothing when it exists."""
    if code in _english().currencies:
        return []
    return [Invalid(f"“{code}” is no currency. Use its three letters, such as GBP or NZD.", field=field)]


def faults_of_time_zone(name: str, *, field: str) -> list[Invalid]:
    """What is wrong with a time zone's name; nothing when it exists."""
    if name in zoneinfo.available_timezones():
        return []
    return [Invalid(f"“{name}” is no time zone. Use a name such as Europe/London.", field=field)]


def faults_of_locale(tag: str, *, field: str) -> list[Invalid]:
    """What is wrong with a locale such as en-GB; nothing when dates and amounts can be written in it."""
    if localedata.exists(tag.replace("-", "_")):
        return []
    return [Invalid(f"“{tag}” is no locale. Use one such as en-GB.", field=field)]


def locale_of(country: str) -> str:
    """English as the country writes its dates and amounts, else as Britain does."""
    return f"en-{country}" if localedata.exists(f"en_{country}") else "en-GB"


@cache
def _english() -> Locale:
    return Locale("en")
