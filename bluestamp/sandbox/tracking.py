"""Tracking categories and their options: what a line can be filed under. Two may be active, four in all.

From developer.xero.com, api/accounting/trackingcategories. What a document carries can be archived, not deleted.
The wordings of the refusals are ours: Xero's pages give none.
"""

import msgspec

from bluestamp.sandbox import organisations, wire
from bluestamp.sandbox.acts import Act, new_id
from bluestamp.sandbox.elements import Element
from bluestamp.sandbox.errors import ElementRefused, NotFound
from bluestamp.sandbox.organisations import TrackingCategory, TrackingOption

STATUSES = frozenset({"ACTIVE", "ARCHIVED", "DELETED"})
MAX_ACTIVE, MAX_ALL, MAX_NAME, MAX_OPTIONS = 2, 4, 100, 100


def find(act: Act, category_id: str) -> TrackingCategory:
    """A category by its id. Raises NotFound."""
    for category in act.organisation.tracking:
        if category.id == category_id.lower() and category.status != "DELETED":
            return category
    raise NotFound


def find_option(category: TrackingCategory, option_id: str) -> TrackingOption:
    """An option of a category by its id. Raises NotFound."""
    for option in category.options:
        if option.id == option_id.lower() and option.status != "DELETED":
            return option
    raise NotFound


def create(act: Act, element: Element) -> TrackingCategory:
    """Create a category, with options if they are sent along (PUT). Raises ElementRefused."""
    category = TrackingCategory(id=new_id(), name="")
    held = [known for known in act.organisation.tracking if known.status != "DELETED"]
    if len(held) >= MAX_ALL or sum(known.status == "ACTIVE" for known in held) >= MAX_ACTIVE:
        raise ElementRefused(["You have reached the limit of tracking categories."])
    _rename(category, element, [known.name for known in held])
    act.organisation.tracking.append(category)
    for sent in element.children("Options") or []:
        _add_option(category, sent)
    _keep(act)
    return category


def change(act: Act, element: Element, category: TrackingCategory) -> TrackingCategory:
    """Rename, archive or bring back a category (POST). Raises ElementRefused."""
    others = [known.name for known in act.organisation.tracking if known.id != category.id]
    if "Name" in element:
        _rename(category, element, others)
    category.status = element.choice("Status", STATUSES) or category.status
    _keep(act)
    return category


def remove(act: Act, category: TrackingCategory) -> TrackingCategory:
    """Delete a category that no document carries. Raises ElementRefused."""
    if is_used(act, category.id):
        raise ElementRefused(["The tracking category is used on transactions and cannot be deleted."])
    category.status = "DELETED"
    _keep(act)
    return category


def add_option(act: Act, element: Element, category: TrackingCategory) -> TrackingOption:
    """Add an option (PUT). Raises ElementRefused."""
    option = _add_option(category, element)
    _keep(act)
    return option


def change_option(
    act: Act, element: Element, category: TrackingCategory, option: TrackingOption
) -> TrackingOption:
    """Rename, archive or bring back an option (POST); documents carry the name they were given. Raises ElementRefused."""
    if "Name" in element:
        _rename(option, element, [known.name for known in category.options if known.id != option.id])
    option.status = element.choice("Status", STATUSES) or option.status
    _keep(act)
    return option


def remove_option(act: Act, category: TrackingCategory, option: TrackingOption) -> TrackingOption:
    """Delete an option that no document carries. Raises ElementRefused."""
    carried = msgspec.json.encode({"category_id": category.id, "name": category.name, "option": option.name})
    if is_used(act, carried.decode().strip("{}")):
        raise ElementRefused(["The tracking option is used on transactions and cannot be deleted."])
    option.status = "DELETED"
    _keep(act)
    return option


def is_used(act: Act, text: str) -> bool:
    """Does any document's body say it?"""
    sql = "SELECT 1 FROM documents WHERE organisation = ? AND instr(CAST(body AS TEXT), ?) LIMIT 1"
    return act.store.scalar(sql, act.organisation.id, text) is not None


def render(category: TrackingCategory, *, with_archived: bool = True) -> wire.Json:
    """One category with its options."""
    shown = [
        option
        for option in category.options
        if option.status == "ACTIVE" or (with_archived and option.status == "ARCHIVED")
    ]
    return {
        "Name": category.name,
        "Status": category.status,
        "TrackingCategoryID": category.id,
        "Options": [render_option(option) for option in shown],
    }


def render_option(option: TrackingOption) -> wire.Json:
    """One option, with the flags of the OpenAPI file's examples."""
    return {
        "TrackingOptionID": option.id,
        "Name": option.name,
        "Status": option.status,
        "HasValidationErrors": False,
        "IsDeleted": option.status == "DELETED",
        "IsArchived": option.status == "ARCHIVED",
        "IsActive": option.status == "ACTIVE",
    }


def _add_option(category: TrackingCategory, element: Element) -> TrackingOption:
    held = [known for known in category.options if known.status != "DELETED"]
    if len(held) >= MAX_OPTIONS:
        raise ElementRefused(["You have reached the limit of tracking options."])
    option = TrackingOption(id=new_id(), name="")
    _rename(option, element, [known.name for known in held])
    category.options.append(option)
    return option


def _rename(named: TrackingCategory | TrackingOption, element: Element, taken: list[str]) -> None:
    name = element.text("Name") or ""
    if not name or len(name) > MAX_NAME:
        raise ElementRefused([f"The name must be between 1 and {MAX_NAME} characters."])
    if name.lower() in {other.lower() for other in taken}:
        raise ElementRefused(["Please enter a unique Name."])
    named.name = name


def _keep(act: Act) -> None:
    organisations.save(act.store, act.organisation)
