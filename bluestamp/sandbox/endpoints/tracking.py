"""/TrackingCategories and their options."""

from collections.abc import Callable
from typing import TypeVar, cast

from bluestamp.sandbox import elements, tracking, wire
from bluestamp.sandbox.acts import Act
from bluestamp.sandbox.elements import Element
from bluestamp.sandbox.endpoints.batches import Invalid, Noun, write
from bluestamp.sandbox.endpoints.calls import Call, Result
from bluestamp.sandbox.errors import ElementRefused
from bluestamp.sandbox.listings import is_on
from bluestamp.sandbox.organisations import TrackingCategory, TrackingOption

Gone = TypeVar("Gone")


def _categories_written(_: Act, done: list[object]) -> list[wire.Json]:
    return [tracking.render(category) for category in cast(list[TrackingCategory], done)]


def _options_written(_: Act, done: list[object]) -> list[wire.Json]:
    return [tracking.render_option(option) for option in cast(list[TrackingOption], done)]


def _echo(element: Element) -> wire.Json:
    return {name: element.sent[name] for name in ("Name", "Status") if name in element}


CATEGORIES = Noun("TrackingCategories", "", _categories_written, _echo)
OPTIONS = Noun("Options", "", _options_written, _echo)


def index(call: Call) -> Result:
    """GET /TrackingCategories: archived ones, and archived options, only with includeArchived=true."""
    archived = is_on(call.query, "includeArchived")
    shown = {"ACTIVE", "ARCHIVED"} if archived else {"ACTIVE"}
    found = [category for category in call.act.organisation.tracking if category.status in shown]
    return Result(
        "TrackingCategories", [tracking.render(category, with_archived=archived) for category in found]
    )


def show(call: Call, name: str) -> Result:
    """GET /TrackingCategories/{TrackingCategoryID}."""
    return Result("TrackingCategories", [tracking.render(tracking.find(call.act, name))])


def create(call: Call) -> Result:
    """PUT /TrackingCategories."""
    return write(call, CATEGORIES, elements.read(call.raw, "TrackingCategories")[:1], tracking.create)


def change(call: Call, name: str) -> Result:
    """POST /TrackingCategories/{TrackingCategoryID}."""
    known = tracking.find(call.act, name)
    sent = elements.read(call.raw, "TrackingCategories")[:1]
    return write(call, CATEGORIES, sent, lambda act, element: tracking.change(act, element, known))


def remove(call: Call, name: str) -> Result:
    """DELETE /TrackingCategories/{TrackingCategoryID}."""
    known = tracking.find(call.act, name)
    gone = _without_element(lambda: tracking.remove(call.act, known))
    return Result("TrackingCategories", [tracking.render(gone)])


def add_option(call: Call, name: str) -> Result:
    """PUT /TrackingCategories/{TrackingCategoryID}/Options."""
    known = tracking.find(call.act, name)
    sent = elements.read(call.raw, "Options")
    return write(call, OPTIONS, sent, lambda act, element: tracking.add_option(act, element, known))


def change_option(call: Call, name: str, option: str) -> Result:
    """POST /TrackingCategories/{TrackingCategoryID}/Options/{TrackingOptionID}."""
    known = tracking.find(call.act, name)
    held = tracking.find_option(known, option)
    sent = elements.read(call.raw, "Options")[:1]
    return write(call, OPTIONS, sent, lambda act, element: tracking.change_option(act, element, known, held))


def remove_option(call: Call, name: str, option: str) -> Result:
    """DELETE /TrackingCategories/{TrackingCategoryID}/Options/{TrackingOptionID}."""
    known = tracking.find(call.act, name)
    held = tracking.find_option(known, option)
    gone = _without_element(lambda: tracking.remove_option(call.act, known, held))
    return Result("Options", [tracking.render_option(gone)])


def _without_element(verb: Callable[[], Gone]) -> Gone:
    try:
        return verb()
    except ElementRefused as refused:
        messages = [{"Message": message} for message in refused.messages]
        raise Invalid([{"ValidationErrors": messages}]) from None
