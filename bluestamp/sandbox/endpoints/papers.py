"""What a document's reader gets: PDFs, the online invoice, the mail."""

from functools import partial

from bluestamp.sandbox import papers, writing
from bluestamp.sandbox.acts import Act
from bluestamp.sandbox.documents import Document
from bluestamp.sandbox.endpoints.batches import Invalid
from bluestamp.sandbox.endpoints.calls import Call, Endpoint, Result
from bluestamp.sandbox.errors import ElementRefused, NotFound
from bluestamp.sandbox.kinds import INVOICE, Kind


def pdf_of(kind: Kind) -> Endpoint:
    """GET /{Collection}/{id or number} with Accept: application/pdf, for a kind that has one."""
    return partial(_pdf, kind)


def online_invoice(call: Call, name: str) -> Result:
    """GET /Invoices/{InvoiceID}/OnlineInvoice: the customer's link, which leads to the sandbox."""
    document = _find(call.act, INVOICE, name)
    try:
        code = papers.online_code(call.act, document)
    except ElementRefused as refused:
        raise _invalid(refused, document) from None
    return Result("OnlineInvoices", [{"OnlineInvoiceUrl": f"{call.act.origin}/in/{code}"}])


def email(call: Call, name: str) -> Result:
    """POST /Invoices/{InvoiceID}/Email: 204; every refusal is a 400, the daily cap too."""
    document = _find(call.act, INVOICE, name)
    try:
        papers.email(call.act, document)
    except ElementRefused as refused:
        raise _invalid(refused, document) from None
    return Result(status=204)


def _pdf(kind: Kind, call: Call, name: str) -> Result:
    document = _find(call.act, kind, name)
    return Result(content=papers.pdf(call.act, document), media_type="application/pdf")


def _find(act: Act, kind: Kind, name: str) -> Document:
    found = writing.find(act, kind, name)
    if found is None:
        raise NotFound
    return found


def _invalid(refused: ElementRefused, document: Document) -> Invalid:
    messages = [{"Message": message} for message in refused.messages]
    return Invalid([{"InvoiceID": document.id, "ValidationErrors": messages}])
