"""Purchase orders: they post nothing, can't be paid, and are BILLED by a mark alone.

DRAFT -> SUBMITTED -> AUTHORISED -> BILLED, DELETED until billed. From developer.xero.com, api/accounting/purchaseorders;
that page has no table of moves: AUTHORISED to BILLED and DELETED follow the help centre and other integrations.
A person may take BILLED back in Xero's pages; an app may not.
"""

from bluestamp.sandbox import documents, moves, writing
from bluestamp.sandbox.acts import Act, new_id
from bluestamp.sandbox.documents import CLOSED, Document
from bluestamp.sandbox.elements import Element
from bluestamp.sandbox.errors import ElementRefused
from bluestamp.sandbox.kinds import PURCHASE_ORDER
from bluestamp.sandbox.writing import Writing

TEXTS = {"DeliveryAddress": 500, "AttentionTo": 255, "Telephone": 50, "DeliveryInstructions": 500}
SENT_WARNING = "Only AUTHORISED and BILLED purchase orders may have SentToContact updated."


def create(act: Act, element: Element) -> Document:
    """Create a purchase order (PUT). Raises ElementRefused."""
    document = Document(
        id=new_id(),
        kind=PURCHASE_ORDER.name,
        type="PURCHASEORDER",
        contact_id="",
        dated=act.today,
        currency="",
        status=moves.first_status(PURCHASE_ORDER, element),
        branding_theme_id=act.organisation.branding_theme_id,
        created_ms=act.now_ms,
        made_by_app=act.doer.app_id,
    )
    return _write(act, document, element, None)


def upsert(act: Act, element: Element, name: str | None = None) -> Document:
    """Update the order that the path, PurchaseOrderID or PurchaseOrderNumber points at, else create one (POST)."""
    found = writing.match(act, PURCHASE_ORDER, element, name)
    return change(act, found, element) if found else create(act, element)


def change(act: Act, document: Document, element: Element) -> Document:
    """Update an order; a billed one refuses everything but losing the mark. Raises ElementRefused."""
    status = moves.next_status(act, PURCHASE_ORDER, document, element)
    stays_billed = document.status == status == "BILLED"
    if stays_billed and not act.switches.order_edited_when_billed:
        raise ElementRefused([f"{PURCHASE_ORDER.word} not of valid status for modification"])
    before = documents.copy(document)
    document.status = status
    if status in CLOSED:
        return writing.keep(act, PURCHASE_ORDER, document, before=before)
    return _write(act, document, element, before)


def _write(act: Act, document: Document, element: Element, before: Document | None) -> Document:
    act.unit_places = 4
    writes = Writing(act, PURCHASE_ORDER, document, element)
    writes.read_contact()
    document.dated = element.day("Date") or document.dated
    document.delivery = element.day("DeliveryDate") or document.delivery
    document.expected = element.day("ExpectedArrivalDate") or document.expected
    writes.read_texts(with_reference=True)
    _read_delivery(writes)
    writes.read_currency()
    writes.read_number()
    writes.read_lines()
    _check_quantities(writes)
    writes.check_complete(needs_due=False)
    writes.read_sent(allowed=frozenset({"AUTHORISED", "BILLED"}), warning=SENT_WARNING)
    writes.finish()
    writes.approve(before)
    return writing.keep(act, PURCHASE_ORDER, document, before=before)


def _check_quantities(writes: Writing) -> None:
    """A Quantity needs a UnitAmount beside it (the page's words), unless the line has one already."""
    known = {line.id for line in writes.document.lines if line.unit_amount is not None}
    for sent in writes.element.children("LineItems") or []:
        is_new = (sent.text("LineItemID") or "").lower() not in known
        if is_new and "Quantity" in sent and "UnitAmount" not in sent and "ItemCode" not in sent:
            writes.faults.append("UnitAmount must be specified when Quantity is specified")


def _read_delivery(writes: Writing) -> None:
    sent = {name: writes.element.text(name) or "" for name in TEXTS if name in writes.element}
    writes.document.texts = writes.document.texts | sent
    for name, text in sent.items():
        if len(text) > TEXTS[name]:
            writes.faults.append(f"The {name} must be {TEXTS[name]} characters or fewer.")
