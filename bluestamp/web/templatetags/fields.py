"""Fields of forms: a label, a control with what was typed, and the sentence beside it when it can't be taken."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any, Final

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from bluestamp.web.templatetags.cells import attribute, choice, day_words, fault_of, invalid_if

register = template.Library()

FLAGS: Final = ("required", "disabled", "readonly", "autofocus")
ATTRIBUTES: Final = (
    "type",
    "inputmode",
    "placeholder",
    "maxlength",
    "min",
    "max",
    "autocomplete",
    "rows",
    "class",
    "form",
    "data-key",
)


@register.simple_tag(takes_context=True)
def text_field(context: template.Context, name: str, label: str, **ways: Any) -> SafeString:
    """Draw a box to type in; `type="textarea"` draws a large one."""
    value, faults = _typed(context, name), context.get("faults") or {}
    if ways.get("type") == "textarea":
        control = format_html(
            '<textarea id="f-{}" name="{}"{}{}>{}</textarea>',
            name,
            name,
            _attributes(ways),
            invalid_if(faults, name),
            value,
        )
    elif ways.get("type") == "date" and _is_fixed(context, ways) and (on := _day_of(value)):
        control = _printed_day(name, on, str(context.get("locale") or "en-GB"))
    else:
        control = format_html(
            '<input id="f-{}" name="{}" value="{}"{}{}>',
            name,
            name,
            value,
            _attributes(ways),
            invalid_if(faults, name),
        )
    return _field(context, name, label, control, ways)


@register.simple_tag(takes_context=True)
def select_field(
    context: template.Context, name: str, label: str, options: Iterable[tuple[str, str]], **ways: Any
) -> SafeString:
    """Draw a drop-down of (value, words); `fixed` shows it and sends it, unchangeable."""
    value, faults = str(_typed(context, name)), context.get("faults") or {}
    drawn = format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        ((v, _selected(str(v) == value), words) for v, words in options),
    )
    control = format_html(
        '<select id="f-{}"{}{}{}>{}</select>',
        name,
        mark_safe(" disabled") if ways.get("fixed") else attribute("name", name),
        _attributes(ways),
        invalid_if(faults, name),
        drawn,
    )
    if ways.get("fixed"):  # a disabled drop-down is not sent, so its value is sent beside it
        control = format_html('{}<input type="hidden" name="{}" value="{}">', control, name, value)
    return _field(context, name, label, control, ways)


@register.simple_tag(takes_context=True)
def choice_field(context: template.Context, name: str, label: str, shown: str, **ways: Any) -> SafeString:
    """Draw a box to choose one of many from; `shown` is what it says now."""
    is_wrong = name in (context.get("faults") or {})
    control = choice(context, name, _typed(context, name), shown, id=f"f-{name}", fault_mark=is_wrong, **ways)
    return _field(context, name, label, control, ways)


@register.simple_tag(takes_context=True)
def check_field(context: template.Context, name: str, label: str, **ways: Any) -> SafeString:
    """Draw a box to tick."""
    return format_html(
        '<label class="check"><input type="checkbox" name="{}" value="{}"{}{}> {}</label>',
        name,
        ways.get("value", "yes"),
        mark_safe(" checked") if _typed(context, name) else "",
        _attributes(ways),
        label,
    )


@register.simple_tag
def code_field(book: dict[str, Any], name: str, label: str, faults: dict[str, str] | None) -> SafeString:
    """Draw a drop-down of a ledger's accounts or tax rates for an item; a code that is gone stays, marked."""
    chart = book["sold"] if name.startswith("sales") else book["bought"]
    of_account = name.endswith("account_code")
    known = chart.labels["accounts" if of_account else "tax-rates"]
    value, at = book["words"][name], f"{book['ledger'].pk}-{name}"
    options = [("", "The default"), *known.items()]
    if value and value not in known:
        options.append((value, f"{value} (not in use)"))
    drawn = format_html_join(
        "", '<option value="{}"{}>{}</option>', ((v, _selected(v == value), words) for v, words in options)
    )
    return format_html(
        '<div class="field"><label for="f-{}">{}</label><select id="f-{}" name="{}"{}>{}</select>{}</div>',
        at,
        label,
        at,
        at,
        invalid_if(faults or {}, at),
        drawn,
        fault_of(faults or {}, at),
    )


def _is_fixed(context: template.Context, ways: dict[str, Any]) -> bool:
    """Whether the field only shows what it says: by itself, or with all of its form."""
    can = context.get("can")
    return bool(ways.get("readonly")) or (can is not None and not can.get("edit", True))


def _day_of(value: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(value)
    except ValueError:
        return None


def _printed_day(name: str, on: dt.date, locale: str) -> SafeString:
    """A day that can't be changed reads as its branch writes days; one that can is the browser's own box."""
    return format_html(
        '<input id="f-{}" value="{}" readonly><input type="hidden" name="{}" value="{}">',
        name,
        day_words(on, locale, True),
        name,
        on.isoformat(),
    )


def _typed(context: template.Context, name: str) -> Any:
    typed: Any = context.get("typed") or {}
    found = typed.get(name, "") if hasattr(typed, "get") else getattr(typed, name, "")
    return "" if found is None else found


def _attributes(ways: dict[str, Any]) -> SafeString:
    written = [
        attribute(name, ways.get(name.replace("-", "_"), ways.get(name)))
        for name in ATTRIBUTES
        if name != "type"
    ]
    if ways.get("type") not in (None, "textarea"):
        written.append(attribute("type", ways["type"]))
    written += [mark_safe(f" {flag}") for flag in FLAGS if ways.get(flag)]
    return format_html("{}" * len(written), *written)


def _selected(is_selected: bool) -> str:
    return mark_safe(" selected") if is_selected else ""


def _field(
    context: template.Context, name: str, label: str, control: SafeString, ways: dict[str, Any]
) -> SafeString:
    meanwhile = (context.get("meanwhile") or {}).get(name)
    return format_html(
        '<div class="field {}" id="field-{}"{}><label for="f-{}">{}</label>{}{}{}{}</div>',
        ways.get("wide", ""),
        name,
        mark_safe(' hx-swap-oob="true"') if ways.get("oob") else "",
        name,
        label,
        control,
        fault_of(context.get("faults") or {}, name),
        format_html('<span class="hint">{}</span>', ways["hint"]) if ways.get("hint") else "",
        format_html('<span class="hint meanwhile">Meanwhile it says: <b>{}</b></span>', meanwhile)
        if meanwhile
        else "",
    )
