"""Items: what is bought and sold, found by its code; a line that names one takes what it leaves out from it.

From developer.xero.com, api/accounting/items. Tracked ones have an inventory account and a cost-of-goods account; their
stock isn't kept: QuantityOnHand stays what it was made with.
"""

from decimal import Decimal

import msgspec

from bluestamp.sandbox import wire
from bluestamp.sandbox.acts import Act, later, new_id
from bluestamp.sandbox.documents import Document, Line
from bluestamp.sandbox.elements import Element
from bluestamp.sandbox.errors import ElementRefused
from bluestamp.sandbox.store import Row, Store

LENGTHS = {"Code": 30, "Name": 50, "Description": 4000, "PurchaseDescription": 4000}
SIDES = {
    "PurchaseDetails": ("AccountCode", "COGSAccountCode", "TaxType"),
    "SalesDetails": ("AccountCode", "TaxType"),
}
SALES = frozenset({"ACCREC", "ACCRECCREDIT", "QUOTE"})


class Details(msgspec.Struct):
    """What an item costs, or is sold for, and how that is booked."""

    unit_price: Decimal | None = None
    account_code: str = ""
    cogs_account_code: str = ""
    tax_type: str = ""


class Item(msgspec.Struct):
    """One item."""

    id: str
    code: str
    name: str = ""
    description: str = ""
    purchase_description: str = ""
    is_sold: bool = True
    is_purchased: bool = True
    inventory_account_code: str = ""
    purchases: Details = msgspec.field(default_factory=Details)
    sales: Details = msgspec.field(default_factory=Details)
    updated_ms: int = 0

    @property
    def is_tracked(self) -> bool:
        """Is it tracked as inventory (an asset account and a cost-of-goods account)?"""
        return bool(self.inventory_account_code and self.purchases.cogs_account_code)


_decoder = msgspec.json.Decoder(Item)


def from_row(row: Row) -> Item:
    """An item as stored."""
    return _decoder.decode(row["body"])


def find(store: Store, organisation_id: str, wanted: str) -> Item | None:
    """An item by its ItemID or Code, whatever the case."""
    row = store.one(
        "SELECT body FROM items WHERE organisation = ? AND (id = ? OR code = ?)",
        organisation_id,
        wanted.lower(),
        wanted,
    )
    return from_row(row) if row and wanted else None


def save(store: Store, organisation_id: str, item: Item) -> None:
    """Write an item with its indexed columns."""
    store.put(
        "items",
        id=item.id,
        organisation=organisation_id,
        code=item.code,
        name=item.name,
        updated_ms=item.updated_ms,
        body=msgspec.json.encode(item),
    )


def create(act: Act, element: Element) -> Item:
    """Create an item (PUT). Raises ElementRefused, also for a code that exists."""
    if not element.text("Code"):
        raise ElementRefused(["Item Code must be specified"])
    return _write(act, Item(id=new_id(), code=""), element)


def upsert(act: Act, element: Element, known: str | None = None) -> Item:
    """Update the item that the path, ItemID or Code points at, else create one (POST). Raises ElementRefused."""
    wanted = known or element.text("ItemID") or element.text("Code") or ""
    found = find(act.store, act.organisation.id, wanted)
    if found is None and element.text("ItemID"):
        raise ElementRefused([f"The item with the specified ItemID {wanted} could not be found."])
    return _write(act, found, element) if found else create(act, element)


def remove(act: Act, item: Item) -> None:
    """Delete an item; lines keep the code (DELETE)."""
    act.store.run("DELETE FROM items WHERE id = ?", item.id)


def fill(act: Act, document: Document, element: Element, line: Line | None) -> tuple[Element, str | None]:
    """What a line leaves out, from the item it names: description, price, account, tax. The message if there is none.

    A line that already carries the item keeps what it has.
    """
    code = element.text("ItemCode")
    if not code or (line is not None and line.item_code.lower() == code.lower()):
        return element, None
    item = find(act.store, act.organisation.id, code)
    if item is None:
        return element, f"Item code '{code}' is not valid"
    sells = document.type in SALES
    side = item.sales if sells else item.purchases
    offered: wire.Json = {
        "Description": item.description if sells else item.purchase_description or item.description,
        "UnitAmount": side.unit_price if "LineAmount" not in element else None,
        "AccountCode": (item.inventory_account_code if item.is_tracked and not sells else side.account_code)
        if "AccountID" not in element
        else None,
        "TaxType": side.tax_type,
    }
    taken = {name: value for name, value in offered.items() if value not in ("", None)}
    return Element({**taken, **element.sent, "ItemCode": item.code}, element.path), None


def render(item: Item, unit_places: int = 4) -> wire.Json:
    """One item; details that nothing is known of are left empty."""
    said: wire.Json = {
        "ItemID": item.id,
        "Code": item.code,
        "Description": item.description or None,
        "PurchaseDescription": item.purchase_description or None,
        "UpdatedDateUTC": wire.instant(item.updated_ms),
        "PurchaseDetails": _render_details(item.purchases, unit_places),
        "SalesDetails": _render_details(item.sales, unit_places),
        "Name": item.name or None,
        "IsTrackedAsInventory": item.is_tracked,
        "InventoryAssetAccountCode": item.inventory_account_code or None,
        "TotalCostPool": wire.cents(Decimal(0)) if item.is_tracked else None,
        "QuantityOnHand": wire.places(Decimal(0), 4) if item.is_tracked else None,
        "IsSold": item.is_sold,
        "IsPurchased": item.is_purchased,
    }
    return {name: value for name, value in said.items() if value is not None}


def _render_details(details: Details, unit_places: int) -> wire.Json:
    said: wire.Json = {
        "UnitPrice": wire.places(details.unit_price, unit_places) if details.unit_price is not None else None,
        "AccountCode": details.account_code or None,
        "COGSAccountCode": details.cogs_account_code or None,
        "TaxType": details.tax_type or None,
    }
    return {name: value for name, value in said.items() if value is not None}


def _write(act: Act, item: Item, element: Element) -> Item:
    faults = [
        f"The value for {name} must be {limit} characters or fewer."
        for name, limit in LENGTHS.items()
        if len(element.text(name) or "") > limit
    ]
    code = element.text("Code") or item.code
    other = find(act.store, act.organisation.id, code)
    if other and other.id != item.id:
        faults.append(f"Price List Item with Code '{code}' already exists")
    faults += _faults_of_booking(act, element)
    if faults:
        raise ElementRefused(faults)
    created = not item.code
    _apply(act, item, element)
    act.trail(item.id, "Created" if created else "Updated", f"Item {item.code}")
    item.updated_ms = later(act, item.updated_ms)
    save(act.store, act.organisation.id, item)
    return item


def _apply(act: Act, item: Item, element: Element) -> None:
    item.code = element.text("Code") or item.code
    item.name = element.text("Name") or item.name
    if "Description" in element:
        item.description = element.text("Description") or ""
    if "PurchaseDescription" in element:
        item.purchase_description = element.text("PurchaseDescription") or ""
    sold, purchased = element.flag("IsSold"), element.flag("IsPurchased")
    item.is_sold = item.is_sold if sold is None else sold
    item.is_purchased = item.is_purchased if purchased is None else purchased
    item.inventory_account_code = element.text("InventoryAssetAccountCode") or item.inventory_account_code
    item.purchases = _details(act, item.purchases, element.child("PurchaseDetails"))
    item.sales = _details(act, item.sales, element.child("SalesDetails"))


def _details(act: Act, held: Details, sent: Element | None) -> Details:
    if sent is None:
        return held
    price = sent.number("UnitPrice")
    return Details(
        unit_price=wire.places(price, act.unit_places) if price is not None else held.unit_price,
        account_code=sent.text("AccountCode") or held.account_code,
        cogs_account_code=sent.text("COGSAccountCode") or held.cogs_account_code,
        tax_type=(sent.text("TaxType") or held.tax_type).upper(),
    )


def _faults_of_booking(act: Act, element: Element) -> list[str]:
    """Accounts and tax rates that aren't there. The wording is Xero's (XeroAPI/Xero-Java, issue 353)."""
    faults = []
    for side, keys in SIDES.items():
        sent = element.child(side)
        for key in keys:
            named = sent.text(key) if sent else None
            if named and key == "TaxType" and act.chart.tax_rate(named) is None:
                faults.append("Tax rate must be valid.")
            elif named and key != "TaxType" and act.chart.account(named) is None:
                faults.append("Account must be valid.")
    stock = element.text("InventoryAssetAccountCode")
    if stock and act.chart.account(stock) is None:
        faults.append("Account must be valid.")
    return faults
