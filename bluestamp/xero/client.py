"""The Accounting API for one organisation: one method, one request.

Reads answer records; writes take the exact bytes that `writes.encode_*` made, and a key of the caller's, so that
both can be stored before sending and sent again unchanged. A batch is always asked for per element
(`summarizeErrors=false`): it answers 200 even when every element was refused, so look at each Result.
Xero keeps a key's first answer for six minutes, errors too; after that the same key does the work again.
PUT creates only; POST updates by id, and without an id by number or name, which is why every element sent by POST
must carry its id. Every method raises the errors of `errors`.
Sources: the endpoint pages of developer.xero.com and xero_accounting.yaml in XeroAPI/Xero-OpenAPI.
"""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum

import httpx2

from . import calls, errors, records
from .exchanges import Answer, Page, Result
from .sessions import Session, path
from .where import Condition

DEFAULT_API_URL = "https://api.xero.com"
MAX_PAGE_SIZE = 1000
MAX_ATTACHMENT_BYTES = 10_000_000  # the attachments page says 10 MB, the endpoint pages 25
FORBIDDEN_IN_FILE_NAMES = frozenset('<>:"/\\|?*+\0')

_FOUR_PLACES = {
    "unitdp": "4"
}  # of unit amounts, on invoices and credit notes; purchase orders always have four
_PER_ELEMENT = {"summarizeErrors": "false"}
_PER_ELEMENT_FOUR_PLACES = _PER_ELEMENT | _FOUR_PLACES
_DELETION = b'{"Status":"DELETED"}'


class Collection(StrEnum):
    """The records that carry attachments and history."""

    INVOICES = "Invoices"
    CREDIT_NOTES = "CreditNotes"
    PURCHASE_ORDERS = "PurchaseOrders"
    CONTACTS = "Contacts"


class Client:
    """Speaks for one user and app with one organisation. Thread-safe as far as `http` is."""

    def __init__(
        self,
        api_url: str,
        access_token: str,
        tenant_id: str,
        *,
        http: httpx2.Client,
        clock: calls.Clock,
        on_exchange: calls.OnExchange | None = None,
        patience: calls.Patience | None = None,
    ) -> None:
        self.tenant_id = tenant_id
        self._session = Session(
            base_url=f"{api_url.rstrip('/')}/api.xro/2.0",
            access_token=access_token,
            tenant_id=tenant_id,
            caller=calls.Caller(http=http, clock=clock, on_exchange=on_exchange, patience=patience),
        )

    def __repr__(self) -> str:
        return f"<Client of {self.tenant_id}>"

    # The organisation and its reference data

    def organisation(self) -> Answer[records.Organisation]:
        """Read the organisation; not counted against the plan's egress."""
        return self._session.one("Organisation", "Organisations", records.Organisation)

    def actions(self) -> Answer[list[records.Action]]:
        """Read what this user may do in this plan, such as CreateApprovedBill."""
        return self._session.all("Organisation/Actions", "Actions", records.Action)

    def accounts(self, *, modified_since: datetime | None = None) -> Answer[list[records.Account]]:
        """Read the chart of accounts, archived ones included; Xero never pages it."""
        return self._session.all("Accounts", "Accounts", records.Account, modified_since=modified_since)

    def tax_rates(self) -> Answer[list[records.TaxRate]]:
        """Read the tax rates, deleted and archived ones included."""
        return self._session.all("TaxRates", "TaxRates", records.TaxRate)

    def currencies(self) -> Answer[list[records.Currency]]:
        """Read the currencies the organisation may use."""
        return self._session.all("Currencies", "Currencies", records.Currency)

    # Contacts

    def contacts(
        self,
        *,
        page: int = 1,
        page_size: int = MAX_PAGE_SIZE,
        ids: Sequence[str] = (),
        search: str = "",
        where: Condition | None = None,
        modified_since: datetime | None = None,
        include_archived: bool = False,
    ) -> Answer[Page[records.Contact]]:
        """Read a page of contacts. `search` finds parts of names, numbers and addresses: check for equality.

        Changed balances and IsCustomer or IsSupplier do not count as modified.
        """
        params = _filled(
            IDs=",".join(ids),
            searchTerm=search,
            where=where.text if where else "",
            includeArchived="true" if include_archived else "",
        )
        return self._session.page(
            "Contacts",
            records.Contact,
            number=page,
            size=page_size,
            params=params,
            modified_since=modified_since,
        )

    def put_contacts(self, body: bytes, *, idempotency_key: str) -> Answer[list[Result[records.Contact]]]:
        """Create contacts; a name or number already used is refused."""
        return self._session.write(
            "PUT",
            "Contacts",
            "Contacts",
            records.Contact,
            body=body,
            idempotency_key=idempotency_key,
            params=_PER_ELEMENT,
        )

    def post_contacts(self, body: bytes, *, idempotency_key: str) -> Answer[list[Result[records.Contact]]]:
        """Update contacts by their ids."""
        return self._session.write(
            "POST",
            "Contacts",
            "Contacts",
            records.Contact,
            body=body,
            idempotency_key=idempotency_key,
            params=_PER_ELEMENT,
        )

    # Invoices and bills

    def invoice(self, invoice_id: str) -> Answer[records.Invoice]:
        """Read one invoice or bill, with lines and attachments. Raises NotFound."""
        return self._session.one(
            path("Invoices", invoice_id), "Invoices", records.Invoice, params=_FOUR_PLACES
        )

    def invoices(
        self,
        *,
        page: int = 1,
        page_size: int = 100,
        ids: Sequence[str] = (),
        numbers: Sequence[str] = (),
        contact_ids: Sequence[str] = (),
        statuses: Sequence[str] = (),
        created_by_my_app: bool = False,
        modified_since: datetime | None = None,
        where: Condition | None = None,
        order: str = "",
    ) -> Answer[Page[records.Invoice]]:
        """Read a page of invoices and bills, with lines and payments; always paged, since an unpaged list has none.

        Due dates and SentToContact changed on part-paid documents do not count as modified.
        Raises ValueError for a number with a comma in it, which Xero would read as two: ask by `where` instead.
        """
        if any("," in number for number in numbers):
            raise ValueError("a number with a comma cannot be asked for in a list")
        params = _filled(
            IDs=",".join(ids),
            InvoiceNumbers=",".join(numbers),
            ContactIDs=",".join(contact_ids),
            Statuses=",".join(statuses),
            createdByMyApp="true" if created_by_my_app else "",
            where=where.text if where else "",
            order=order,
        )
        return self._session.page(
            "Invoices",
            records.Invoice,
            number=page,
            size=page_size,
            params=params | _FOUR_PLACES,
            modified_since=modified_since,
        )

    def put_invoices(self, body: bytes, *, idempotency_key: str) -> Answer[list[Result[records.Invoice]]]:
        """Create invoices and bills. Only sales numbers are unique in Xero: it takes the same bill twice."""
        return self._session.write(
            "PUT",
            "Invoices",
            "Invoices",
            records.Invoice,
            body=body,
            idempotency_key=idempotency_key,
            params=_PER_ELEMENT_FOUR_PLACES,
        )

    def post_invoices(self, body: bytes, *, idempotency_key: str) -> Answer[list[Result[records.Invoice]]]:
        """Update invoices and bills by their ids; send only what changes."""
        return self._session.write(
            "POST",
            "Invoices",
            "Invoices",
            records.Invoice,
            body=body,
            idempotency_key=idempotency_key,
            params=_PER_ELEMENT_FOUR_PLACES,
        )

    def online_invoice(self, invoice_id: str) -> Answer[records.OnlineInvoice]:
        """Read the address where a client can see a sales invoice that is no draft. Raises NotFound."""
        where = path("Invoices", invoice_id, "OnlineInvoice")
        return self._session.one(where, "OnlineInvoices", records.OnlineInvoice)

    # Payments

    def payment(self, payment_id: str) -> Answer[records.Payment]:
        """Read one payment, deleted ones too. Raises NotFound."""
        return self._session.one(path("Payments", payment_id), "Payments", records.Payment)

    def payments(
        self,
        *,
        page: int = 1,
        page_size: int = MAX_PAGE_SIZE,
        modified_since: datetime | None = None,
        where: Condition | None = None,
    ) -> Answer[Page[records.Payment]]:
        """Read a page of payments of all documents, deleted ones included."""
        params = _filled(where=where.text if where else "")
        return self._session.page(
            "Payments",
            records.Payment,
            number=page,
            size=page_size,
            params=params,
            modified_since=modified_since,
        )

    def put_payments(self, body: bytes, *, idempotency_key: str) -> Answer[list[Result[records.Payment]]]:
        """Record payments."""
        return self._session.write(
            "PUT",
            "Payments",
            "Payments",
            records.Payment,
            body=body,
            idempotency_key=idempotency_key,
            params=_PER_ELEMENT,
        )

    def delete_payment(
        self, payment_id: str, *, idempotency_key: str
    ) -> Answer[list[Result[records.Payment]]]:
        """Delete a payment, which is all that can be done to one; Xero refuses those of a batch, or reconciled."""
        where = path("Payments", payment_id)
        return self._session.write(
            "POST", where, "Payments", records.Payment, body=_DELETION, idempotency_key=idempotency_key
        )

    # Credit notes and their allocations

    def credit_note(self, credit_note_id: str) -> Answer[records.CreditNote]:
        """Read one credit note with its allocations. Raises NotFound."""
        return self._session.one(
            path("CreditNotes", credit_note_id), "CreditNotes", records.CreditNote, params=_FOUR_PLACES
        )

    def credit_notes(
        self,
        *,
        page: int = 1,
        page_size: int = 100,
        modified_since: datetime | None = None,
        where: Condition | None = None,
    ) -> Answer[Page[records.CreditNote]]:
        """Read a page of credit notes, with lines and allocations."""
        params = _filled(where=where.text if where else "") | _FOUR_PLACES
        return self._session.page(
            "CreditNotes",
            records.CreditNote,
            number=page,
            size=page_size,
            params=params,
            modified_since=modified_since,
        )

    def put_credit_notes(
        self, body: bytes, *, idempotency_key: str
    ) -> Answer[list[Result[records.CreditNote]]]:
        """Create credit notes."""
        return self._session.write(
            "PUT",
            "CreditNotes",
            "CreditNotes",
            records.CreditNote,
            body=body,
            idempotency_key=idempotency_key,
            params=_PER_ELEMENT_FOUR_PLACES,
        )

    def post_credit_notes(
        self, body: bytes, *, idempotency_key: str
    ) -> Answer[list[Result[records.CreditNote]]]:
        """Update credit notes by their ids."""
        return self._session.write(
            "POST",
            "CreditNotes",
            "CreditNotes",
            records.CreditNote,
            body=body,
            idempotency_key=idempotency_key,
            params=_PER_ELEMENT_FOUR_PLACES,
        )

    def put_allocations(
        self, credit_note_id: str, body: bytes, *, idempotency_key: str
    ) -> Answer[list[Result[records.Allocation]]]:
        """Apply a credit note to invoices. Sent twice under two keys it applies twice: read the note first."""
        where = path("CreditNotes", credit_note_id, "Allocations")
        return self._session.write(
            "PUT",
            where,
            "Allocations",
            records.Allocation,
            body=body,
            idempotency_key=idempotency_key,
            params=_PER_ELEMENT,
        )

    def delete_allocation(self, credit_note_id: str, allocation_id: str) -> Answer[None]:
        """Take an allocation back. Raises NotFound. DELETE knows no idempotency key; read the note to be sure."""
        return self._session.erase(path("CreditNotes", credit_note_id, "Allocations", allocation_id))

    # Purchase orders

    def purchase_order(self, id_or_number: str) -> Answer[records.PurchaseOrder]:
        """Read one purchase order by its id or its number. Raises NotFound."""
        return self._session.one(
            path("PurchaseOrders", id_or_number), "PurchaseOrders", records.PurchaseOrder
        )

    def purchase_orders(
        self,
        *,
        page: int = 1,
        page_size: int = 100,
        modified_since: datetime | None = None,
        status: str = "",
        date_from: date | None = None,
        date_to: date | None = None,
    ) -> Answer[Page[records.PurchaseOrder]]:
        """Read a page of purchase orders; Xero has no `where` for them, and no webhook."""
        params = _filled(
            Status=status,
            DateFrom=date_from.isoformat() if date_from else "",
            DateTo=date_to.isoformat() if date_to else "",
        )
        return self._session.page(
            "PurchaseOrders",
            records.PurchaseOrder,
            number=page,
            size=page_size,
            params=params,
            modified_since=modified_since,
        )

    def put_purchase_orders(
        self, body: bytes, *, idempotency_key: str
    ) -> Answer[list[Result[records.PurchaseOrder]]]:
        """Create purchase orders."""
        return self._session.write(
            "PUT",
            "PurchaseOrders",
            "PurchaseOrders",
            records.PurchaseOrder,
            body=body,
            idempotency_key=idempotency_key,
            params=_PER_ELEMENT,
        )

    def post_purchase_orders(
        self, body: bytes, *, idempotency_key: str
    ) -> Answer[list[Result[records.PurchaseOrder]]]:
        """Update purchase orders by their ids."""
        return self._session.write(
            "POST",
            "PurchaseOrders",
            "PurchaseOrders",
            records.PurchaseOrder,
            body=body,
            idempotency_key=idempotency_key,
            params=_PER_ELEMENT,
        )

    # Attachments and history

    def attachments(self, collection: Collection, record_id: str) -> Answer[list[records.Attachment]]:
        """List the files attached to a record."""
        return self._session.all(
            path(collection, record_id, "Attachments"), "Attachments", records.Attachment
        )

    def put_attachment(
        self,
        collection: Collection,
        record_id: str,
        *,
        file_name: str,
        media_type: str,
        content: bytes,
        idempotency_key: str,
        include_online: bool = False,
    ) -> Answer[records.Attachment]:
        """Attach a file, at most 10 MB and ten to a record; `include_online` works on sales documents only.

        Raises ValueError for a name with one of `< > : " / \\ | ? * +` in it, which Xero refuses.
        """
        if not file_name or FORBIDDEN_IN_FILE_NAMES & set(file_name):
            raise ValueError(f"Xero refuses the file name {file_name!r}")
        answer = self._session.put_into(
            path(collection, record_id, "Attachments", file_name),
            "Attachments",
            records.Attachment,
            body=content,
            idempotency_key=idempotency_key,
            media_type=media_type,
            params={"IncludeOnline": "true"} if include_online else {},
        )
        if not answer.value:
            raise errors.Unexpected(
                "no attachment in the answer", outcome_known=False, exchange=answer.exchange
            )
        return Answer(answer.value[0], answer.exchange)

    def history(self, collection: Collection, record_id: str) -> Answer[list[records.HistoryRecord]]:
        """Read the history and notes of a record."""
        return self._session.all(
            path(collection, record_id, "History"), "HistoryRecords", records.HistoryRecord
        )

    def put_history(
        self, collection: Collection, record_id: str, body: bytes, *, idempotency_key: str
    ) -> Answer[list[records.HistoryRecord]]:
        """Add one note to a record's history, for ever."""
        return self._session.put_into(
            path(collection, record_id, "History"),
            "HistoryRecords",
            records.HistoryRecord,
            body=body,
            idempotency_key=idempotency_key,
        )


def _filled(**params: str) -> dict[str, str]:
    return {name: value for name, value in params.items() if value}
