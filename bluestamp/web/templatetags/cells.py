"""The small parts that every page repeats: figures, days, pills, stamps, icons, boxes to choose from.

They are Python and not templates because a list prints them hundreds of times (a quarter faster than included
templates, and thirty times faster than components).
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_skeleton, format_time
from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from bluestamp.money import amounts
from bluestamp.web import kinds

register = template.Library()

NOTHING: Final = mark_safe('<span class="muted">—</span>')  # our own constant, nothing typed by anybody

ICONS: Final = {
    "arrow": "M4 8h8M9 5l3 3-3 3",
    "book": "M3.5 3h4.2c.7 0 1.3.6 1.3 1.3V13c0-.6-.5-1-1.1-1H3.5zM13.5 3H9.8c-.7 0-1.3.6-1.3 1.3",
    "check": "M3.5 8.5l3 3 6-7",
    "clip": "M11 5.5L6.4 10a1.3 1.3 0 0 0 1.9 1.9l4.9-4.9a2.6 2.6 0 0 0-3.7-3.7L4.3 8.5a3.8 3.8 0 0 0 5.4 5.4l3.6-3.6",
    "close": "M4 4l8 8M12 4l-8 8",
    "down": "M4 6l4 4 4-4",
    "download": "M8 2.5v8M5 8l3 3 3-3M3 13.5h10",
    "keys": "M2 5h12v7H2zM5 9.5h6M4.5 7.3h.01M7 7.3h.01M9.5 7.3h.01M11.8 7.3h.01",
    "link": "M9 3h4v4M13 3L7.5 8.5M11 9.5V13H3V5h3.5",
    "lock": "M4 7.5h8V13H4zM5.7 7.5V5.3a2.3 2.3 0 0 1 4.6 0v2.2",
    "mail": "M2.5 4h11v8h-11zM2.5 4.5L8 9l5.5-4.5",
    "menu": "M2.5 4.5h11M2.5 8h11M2.5 11.5h11",
    "out": "M6.5 3H3v10h3.5M9.5 5l3 3-3 3M12.5 8H6.5",
    "plus": "M8 3.5v9M3.5 8h9",
    "swap": "M3 5.5h9M9.5 3L12 5.5 9.5 8M13 10.5H4M6.5 8L4 10.5 6.5 13",
    "up": "M4 10l4-4 4 4",
}


@register.simple_tag
def icon(name: str) -> SafeString:
    """Draw one of the few icons; it says nothing to a screen reader, so its button must."""
    return format_html(
        '<svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d="{}"/></svg>', ICONS[name]
    )


@register.simple_tag(name="money")
def money_cell(
    amount: Decimal | None, currency: str, locale: str = "en-GB", is_below: bool = False
) -> SafeString | str:
    """Write an amount with its currency's sign as the branch writes it; a dash when there is none.

    `is_below` writes it below zero: credits are stored positive and shown negative.
    """
    if amount is None:
        return NOTHING
    return amounts.format_amount(-amount if is_below else amount, currency=currency, locale=locale)


@register.simple_tag
def quantity(value: Decimal | int | None, locale: str = "en-GB") -> str:
    """Write a quantity, count or percentage with as many places as it needs."""
    return "" if value is None else amounts.format_quantity(Decimal(value), locale=locale)


@register.simple_tag
def day(value: date | None, locale: str = "en-GB", today: date | None = None) -> SafeString | str:
    """Write a day as the branch writes it, without the year when that is today's."""
    if value is None:
        return NOTHING
    return day_words(value, locale, today is None or today.year != value.year)


@register.simple_tag
def moment(
    value: datetime | None, time_zone: str, today: date | None = None, locale: str = "en-GB"
) -> SafeString | str:
    """Write an instant in the studio's own time: `today 09:12`, `11 Nov 16:40`."""
    if value is None:
        return NOTHING
    here = value.astimezone(ZoneInfo(time_zone))
    on = "today" if here.date() == today else day(here.date(), locale, today)
    clock = format_time(here, "HH:mm", tzinfo=here.tzinfo, locale=babel_name(locale))
    return format_html('<time datetime="{}">{} {}</time>', value.isoformat(), on, clock)


@lru_cache(maxsize=4096)
def day_words(value: date, locale: str, has_year: bool) -> str:
    """Give the words of a day, kept because lists repeat the same few days."""
    if has_year:
        return format_date(value, "medium", locale=babel_name(locale))
    return format_skeleton("MMMd", datetime(value.year, value.month, value.day), locale=babel_name(locale))  # noqa: DTZ001 a calendar day has no zone


def babel_name(locale: str) -> str:
    """Give Babel's spelling of a locale: `en-GB` is `en_GB` there."""
    return locale.replace("-", "_")


@register.simple_tag
def pill(words: str, tone: str = "", title: str = "") -> SafeString:
    """Draw a pill; `tone` is blue, ok, amber, red or nothing."""
    if not title:
        return format_html('<span class="pill {}">{}</span>', tone, words)
    return format_html('<span class="pill {}" title="{}">{}</span>', tone, title, words)


@register.simple_tag(takes_context=True)
def choice(
    context: template.Context,
    name: str,
    value: object = "",
    shown: str = "",
    **ways: Any,
) -> SafeString:
    """Draw a box to choose one of many from (static/bluestamp/choice.js).

    `ways`: `options` the id of a datalist on the page, or `source` an address that answers with choices; `label` for
    screen readers where no visible label names `id`; `create` words offered for a new one; `fault` a sentence;
    `disabled`.
    """
    fault = ways.get("fault", "")
    return format_html(
        '<span class="choice"{}{}{}><input type="text" role="combobox" aria-expanded="false" aria-autocomplete="list"'
        ' autocomplete="off" spellcheck="false" value="{}" placeholder="{}"{}{}{}{}>'
        '<input type="hidden" name="{}" value="{}"></span>{}',
        attribute("data-options", ways.get("options")),
        attribute("data-source", ways.get("source")),
        attribute("data-create", ways.get("create")),
        shown or "",
        ways.get("placeholder", ""),
        attribute("id", ways.get("id")),
        attribute("aria-label", ways.get("label")),
        mark_safe(' aria-invalid="true"') if fault or ways.get("fault_mark") else "",
        mark_safe(" disabled")
        if ways.get("disabled")
        else mark_safe(" autofocus")
        if ways.get("autofocus")
        else "",
        name,
        value if value is not None else "",
        format_html('<span class="fault">{}</span>', fault) if fault else "",
    )


def attribute(name: str, value: object) -> SafeString | str:
    """Write an attribute, or nothing when it has no value."""
    return format_html(' {}="{}"', name, value) if value else ""


@register.simple_tag
def quote_pill(status: str) -> SafeString:
    """Draw where a quote stands."""
    return pill(*kinds.QUOTE.statuses[status])


@register.simple_tag
def fault_of(faults: dict[str, str], field: str) -> SafeString | str:
    """Write the sentence beside a field that could not be taken."""
    sentence = faults.get(field) if faults else None
    return format_html('<span class="fault" id="fault-{}">{}</span>', field, sentence) if sentence else ""


@register.simple_tag
def invalid_if(faults: dict[str, str], field: str) -> SafeString | str:
    """Mark a control whose value could not be taken, and tie it to its sentence."""
    if not faults or field not in faults:
        return ""
    return format_html(' aria-invalid="true" aria-describedby="fault-{}"', field)


@register.simple_tag
def figure(value: Decimal | None) -> str:
    """Write an amount inside its document, where the currency is plain from the total."""
    return "" if value is None else f"{amounts.to_cents(value):,}".replace("-", amounts.MINUS)


@register.simple_tag
def fault_sentence(faults: dict[str, str], field: str) -> str:
    """The sentence alone."""
    return (faults or {}).get(field, "")


@register.simple_tag
def copy_cell(shown: Any, document_id: str, names: bool = False) -> SafeString:
    """Draw the copy standing of a row, in a place that the page's poller can find again."""
    return format_html('<span id="x-{}">{}</span>', document_id, copy_words(shown, names=names))


@register.simple_tag
def copy_words(shown: Any, landing: bool = False, names: bool = False) -> SafeString | str:
    """Draw the copy standing in a list: the small stamp, and a pill beside it when something is to be said.

    `names` writes the organisation on the stamp, for studios that have several.
    """
    if shown is None:
        return ""
    if shown.is_on_its_way:
        return format_html('<span class="pill on-its-way">{}</span>', shown.label)
    stamp = mini_stamp(shown, landing=landing, names=names) if shown.stamp_url else ""
    if shown.state in QUIET:
        return stamp or format_html('<span class="muted">{}</span>', shown.label)
    words = pill(shown.label, shown.tone, shown.sentence)
    return format_html("{} {}", stamp, words) if stamp else words


QUIET: Final = frozenset({"not_in_xero", "in_step", "in_the_books"})


def mini_stamp(shown: Any, *, landing: bool, names: bool) -> SafeString:
    """The small stamp, which leads to the document in Xero."""
    return format_html(
        '<a class="stamp mini{}{}" href="{}" target="_blank" rel="noopener" title="{}">{}</a>',
        " landing" if landing else "",
        " gone" if shown.state == "gone" else "",
        shown.stamp_url,
        f"{shown.xero_status_label} in {shown.organisation}",
        shown.organisation if names else "In Xero",
    )


@register.simple_tag(takes_context=True)
def line_choice(
    context: template.Context, line: Any, field: str, options: str, label: str, chart: Any, may_edit: bool
) -> SafeString:
    """Draw a line's box for its account or its tax rate; a code that the chart no longer has is marked."""
    value = line.words.get(field, "")
    known = chart.labels.get(options, {}).get(value)
    drawn = choice(
        context,
        f"{line.key}-{field}",
        value,
        known or (f"{value} (not in use)" if value else ""),
        options=options,
        label=label,
        placeholder="Choose",
        fault_mark=bool(line.faults.get(field)),
        disabled=not may_edit,
    )
    return format_html('<span class="stale">{}</span>', drawn) if value and not known else drawn
