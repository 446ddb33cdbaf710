"""The zones of the world as Xero names them: Windows' names in capitals without spaces (developer.xero.com, Types)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

UTC: Final = ZoneInfo("UTC")

# After Unicode CLDR's windowsZones.xml, its "001" rows: where Xero sells, and their neighbours.
ZONES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ALASKANSTANDARDTIME": "America/Anchorage",
        "ARABIANSTANDARDTIME": "Asia/Dubai",
        "ARABSTANDARDTIME": "Asia/Riyadh",
        "ATLANTICSTANDARDTIME": "America/Halifax",
        "AUSCENTRALSTANDARDTIME": "Australia/Darwin",
        "AUSEASTERNSTANDARDTIME": "Australia/Sydney",
        "BANGLADESHSTANDARDTIME": "Asia/Dhaka",
        "CANADACENTRALSTANDARDTIME": "America/Regina",
        "CENAUSTRALIASTANDARDTIME": "Australia/Adelaide",
        "CENTRALEUROPEANSTANDARDTIME": "Europe/Warsaw",
        "CENTRALEUROPESTANDARDTIME": "Europe/Budapest",
        "CENTRALPACIFICSTANDARDTIME": "Pacific/Guadalcanal",
        "CENTRALSTANDARDTIME": "America/Chicago",
        "CHINASTANDARDTIME": "Asia/Shanghai",
        "EAFRICASTANDARDTIME": "Africa/Nairobi",
        "EASTERNSTANDARDTIME": "America/New_York",
        "EAUSTRALIASTANDARDTIME": "Australia/Brisbane",
        "EGYPTSTANDARDTIME": "Africa/Cairo",
        "ESOUTHAMERICASTANDARDTIME": "America/Sao_Paulo",
        "FIJISTANDARDTIME": "Pacific/Fiji",
        "FLESTANDARDTIME": "Europe/Kiev",
        "GMTSTANDARDTIME": "Europe/London",
        "GREENWICHSTANDARDTIME": "Atlantic/Reykjavik",
        "GTBSTANDARDTIME": "Europe/Bucharest",
        "HAWAIIANSTANDARDTIME": "Pacific/Honolulu",
        "INDIASTANDARDTIME": "Asia/Kolkata",
        "ISRAELSTANDARDTIME": "Asia/Jerusalem",
        "KOREASTANDARDTIME": "Asia/Seoul",
        "MAURITIUSSTANDARDTIME": "Indian/Mauritius",
        "MOUNTAINSTANDARDTIME": "America/Denver",
        "NEWFOUNDLANDSTANDARDTIME": "America/St_Johns",
        "NEWZEALANDSTANDARDTIME": "Pacific/Auckland",
        "PACIFICSTANDARDTIME": "America/Los_Angeles",
        "PAKISTANSTANDARDTIME": "Asia/Karachi",
        "ROMANCESTANDARDTIME": "Europe/Paris",
        "SAMOASTANDARDTIME": "Pacific/Apia",
        "SAPACIFICSTANDARDTIME": "America/Bogota",
        "SEASIASTANDARDTIME": "Asia/Bangkok",
        "SINGAPORESTANDARDTIME": "Asia/Singapore",
        "SOUTHAFRICASTANDARDTIME": "Africa/Johannesburg",
        "SRILANKASTANDARDTIME": "Asia/Colombo",
        "TAIPEISTANDARDTIME": "Asia/Taipei",
        "TASMANIASTANDARDTIME": "Australia/Hobart",
        "TOKYOSTANDARDTIME": "Asia/Tokyo",
        "TONGASTANDARDTIME": "Pacific/Tongatapu",
        "TURKEYSTANDARDTIME": "Europe/Istanbul",
        "USEASTERNSTANDARDTIME": "America/Indiana/Indianapolis",
        "USMOUNTAINSTANDARDTIME": "America/Phoenix",
        "UTC": "UTC",
        "WAUSTRALIASTANDARDTIME": "Australia/Perth",
        "WCENTRALAFRICASTANDARDTIME": "Africa/Lagos",
        "WESTPACIFICSTANDARDTIME": "Pacific/Port_Moresby",
        "WEUROPESTANDARDTIME": "Europe/Berlin",
    }
)


def zone(xeros_name: str, *, otherwise: str = "UTC") -> ZoneInfo:
    """Return the zone that Xero means; the other one (the studio's) for a name that is not in the table."""
    letters = "".join(letter for letter in xeros_name.upper() if letter.isalnum())
    return ZoneInfo(ZONES.get(letters, otherwise))
