"""Lists: filters, where, order, pages. The same walk for every collection; each only says what its columns are.

From developer.xero.com, api/accounting/requests-and-responses: 1-based pages of 100 (at most 1,000), an id as the
last sort key so that pages are stable, If-Modified-Since to the second.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from bluestamp.sandbox import wire
from bluestamp.sandbox.errors import QueryInvalid, Refused
from bluestamp.sandbox.store import Row, Store, Value, marks
from bluestamp.sandbox.where import Column, Columns, compile_order, compile_where

DEFAULT_PAGE_SIZE = 100
MAX_PAGE_SIZE = 1000
MAX_ROWS_UNFILTERED = 100_000

GUIDS = frozenset({"id", "contact"})
"""Columns that hold ids, always in lower case; the other listed columns don't mind the case."""

Query = Mapping[str, str]


@dataclass
class Selection:
    """A query over one table, being narrowed."""

    table: str
    columns: Columns
    conditions: list[str] = field(default_factory=list)
    values: list[Value] = field(default_factory=list)
    order: str = "updated_ms ASC, id ASC"
    key: str = "id"

    def narrow(self, condition: str, *values: Value) -> None:
        """Add a condition."""
        self.conditions.append(condition)
        self.values.extend(values)

    def narrow_in(self, column: str, listed: str | None) -> None:
        """Keep rows whose column is one of a comma-separated list, if one was given."""
        if listed:
            wanted = [item.strip() for item in listed.split(",") if item.strip()]
            if column in GUIDS:
                wanted = [item.lower() for item in wanted]
            self.narrow(f"{column} IN ({marks(wanted)})", *wanted)

    def narrow_to_words(self, words: str, *columns: str) -> None:
        """Keep rows with the words anywhere in one of the columns, whatever their case."""
        pattern = "%" + re.sub(r"([%_!])", r"!\1", words) + "%"
        conditions = [f"{column} LIKE ? ESCAPE '!'" for column in columns]
        self.narrow(f"({' OR '.join(conditions)})", *[pattern] * len(columns))

    def narrow_by(self, query: Query, since: str | None) -> None:
        """Take where, order and If-Modified-Since from the request."""
        if query.get("where"):
            compiled = compile_where(query["where"], self.columns)
            self.narrow(compiled.sql, *compiled.values)
        if query.get("order"):
            self.order = f"{compile_order(query['order'], self.columns)}, {self.key} ASC"
        after = wire.read_instant(since) if since else None
        if after is not None:
            self.narrow("updated_ms >= ?", after)

    @property
    def _clause(self) -> str:
        return " AND ".join(self.conditions) or "1"

    def count(self, store: Store) -> int:
        """How many rows there are."""
        return int(store.scalar(f"SELECT COUNT(*) FROM {self.table} WHERE {self._clause}", *self.values))

    def all(self, store: Store) -> list[Row]:
        """Every row; refused beyond 100,000, as Xero refuses queries that touch so many."""
        if self.count(store) > MAX_ROWS_UNFILTERED:
            raise Refused(
                f"The query would return more than {MAX_ROWS_UNFILTERED} rows. Please add filters or use paging."
            )
        return store.all(
            f"SELECT * FROM {self.table} WHERE {self._clause} ORDER BY {self.order}", *self.values
        )

    def page(self, store: Store, paging: "Paging") -> list[Row]:
        """The rows of one page; past the last page there are none.

        In two steps: which rows, from an index alone where there is one, and then only those rows with their bodies.
        """
        sql = f"SELECT rowid FROM {self.table} WHERE {self._clause} ORDER BY {self.order} LIMIT ? OFFSET ?"
        found = store.all(sql, *self.values, paging.size, (paging.number - 1) * paging.size)
        places = {row[0]: place for place, row in enumerate(found)}
        rows = store.all(
            f"SELECT rowid AS place, * FROM {self.table} WHERE rowid IN ({', '.join(map(str, places))})"
        )
        return sorted(rows, key=lambda row: places[row["place"]])


@dataclass(frozen=True)
class Paging:
    """Which page of what size."""

    number: int
    size: int

    def render(self, items: int) -> wire.Json:
        """The `pagination` object of the answer."""
        return {
            "page": self.number,
            "pageSize": self.size,
            "pageCount": -(-items // self.size),
            "itemCount": items,
        }


def paging(query: Query, *, forced: bool = False) -> Paging | None:
    """The page that was asked for; None means an unpaged list."""
    if not forced and "page" not in query and "pageSize" not in query:
        return None
    size = max(1, min(MAX_PAGE_SIZE, _whole(query.get("pageSize"), DEFAULT_PAGE_SIZE)))
    return Paging(max(1, _whole(query.get("page"), 1)), size)


def is_on(query: Query, name: str) -> bool:
    """Is a switch like summaryOnly=true set?"""
    return query.get(name, "").lower() == "true"


def _whole(text: str | None, default: int) -> int:
    if not text:
        return default
    try:
        return int(text)
    except ValueError:
        raise QueryInvalid(f"'{text}' is not a whole number") from None


def _of_contact(name: str) -> Column:
    """A column of the document's contact: looked up to sort by, found by its own index to filter by."""
    return Column(
        f"(SELECT {name} FROM contacts WHERE contacts.id = documents.contact)",
        inside="contact IN (SELECT contacts.id FROM contacts WHERE {})",
        inner=f"contacts.{name}",
    )


DOCUMENT_COLUMNS: Columns = {
    "status": Column("status"),
    "type": Column("type"),
    "contact.contactid": Column("contact", "guid"),
    "contact.name": _of_contact("name"),
    "contact.contactnumber": _of_contact("number"),
    "reference": Column("reference"),
    "amountpaid": Column("amount_paid", "money"),
    "amountdue": Column("amount_due", "money"),
    "amountcredited": Column("amount_credited", "money"),
    "total": Column("total", "money"),
    "date": Column("dated", "day"),
    "duedate": Column("due", "day"),
    "currencycode": Column("currency"),
    "updateddateutc": Column("updated_ms", "instant"),
    "url": Column("json_extract(body, '$.url')"),
    "subtotal": Column("CAST(json_extract(body, '$.sub_total') AS REAL)", "number"),
    "totaltax": Column("CAST(json_extract(body, '$.total_tax') AS REAL)", "number"),
    "currencyrate": Column("CAST(json_extract(body, '$.rate') AS REAL)", "number"),
    "fullypaidondate": Column("json_extract(body, '$.fully_paid_on')", "day"),
    "senttocontact": Column("COALESCE(json_extract(body, '$.sent_to_contact'), 0)", "flag"),
    "hasattachments": Column("json_extract(body, '$.has_attachments')", "flag"),
    "lineamounttypes": Column("json_extract(body, '$.line_amount_types')"),
    "brandingthemeid": Column("json_extract(body, '$.branding_theme_id')", "guid"),
}
INVOICE_COLUMNS: Columns = {
    **DOCUMENT_COLUMNS,
    "invoiceid": Column("id", "guid"),
    "invoicenumber": Column("number"),
}
CREDIT_NOTE_COLUMNS: Columns = {
    **DOCUMENT_COLUMNS,
    "creditnoteid": Column("id", "guid"),
    "creditnotenumber": Column("number"),
    "remainingcredit": Column("amount_due", "money"),
}
CREDIT_COLUMNS: Columns = {
    **DOCUMENT_COLUMNS,
    "prepaymentid": Column("id", "guid"),
    "overpaymentid": Column("id", "guid"),
    "invoicenumber": Column("number"),
    "remainingcredit": Column("amount_due", "money"),
}
BANK_TRANSACTION_COLUMNS: Columns = {
    **DOCUMENT_COLUMNS,
    "banktransactionid": Column("id", "guid"),
    "bankaccount.accountid": Column("json_extract(body, '$.bank_account_id')", "guid"),
    "isreconciled": Column("json_extract(body, '$.is_reconciled')", "flag"),
}
PURCHASE_ORDER_COLUMNS: Columns = {
    **DOCUMENT_COLUMNS,
    "purchaseorderid": Column("id", "guid"),
    "purchaseordernumber": Column("number"),
    "deliverydate": Column("json_extract(body, '$.delivery')", "day"),
}
_PAID = "(SELECT {} FROM documents WHERE documents.id = payments.document)"
PAYMENT_COLUMNS: Columns = {
    "paymentid": Column("id", "guid"),
    "paymenttype": Column("type"),
    "status": Column("status"),
    "date": Column("dated", "day"),
    "amount": Column("amount", "money"),
    "reference": Column("reference"),
    "invoice.invoiceid": Column("document", "guid"),
    "invoice.invoicenumber": Column(_PAID.format("number")),
    "updateddateutc": Column("updated_ms", "instant"),
}
BATCH_PAYMENT_COLUMNS: Columns = {
    "batchpaymentid": Column("id", "guid"),
    "type": Column("type"),
    "status": Column("status"),
    "date": Column("dated", "day"),
    "totalamount": Column("amount", "money"),
    "reference": Column("reference"),
    "account.accountid": Column("json_extract(body, '$.account_id')", "guid"),
    "isreconciled": Column("json_extract(body, '$.is_reconciled')", "flag"),
    "updateddateutc": Column("updated_ms", "instant"),
}
CONTACT_COLUMNS: Columns = {
    "contactid": Column("id", "guid"),
    "name": Column("name"),
    "contactnumber": Column("number"),
    "accountnumber": Column("account_number"),
    "contactstatus": Column("status"),
    "emailaddress": Column("email"),
    "taxnumber": Column("tax_number"),
    "firstname": Column("json_extract(body, '$.texts.FirstName')"),
    "lastname": Column("json_extract(body, '$.texts.LastName')"),
    "companynumber": Column("json_extract(body, '$.texts.CompanyNumber')"),
    "iscustomer": Column("is_customer", "flag"),
    "issupplier": Column("is_supplier", "flag"),
    "updateddateutc": Column("updated_ms", "instant"),
}
ACCOUNT_COLUMNS: Columns = {
    "accountid": Column("id", "guid"),
    "code": Column("code"),
    "status": Column("status"),
    "name": Column("json_extract(body, '$.name')"),
    "type": Column("json_extract(body, '$.type')"),
    "class": Column("json_extract(body, '$.class_')"),
    "taxtype": Column("json_extract(body, '$.tax_type')"),
    "systemaccount": Column("json_extract(body, '$.system')"),
    "enablepaymentstoaccount": Column("json_extract(body, '$.accepts_payments')", "flag"),
    "updateddateutc": Column("updated_ms", "instant"),
}
TAX_RATE_COLUMNS: Columns = {
    "taxtype": Column("tax_type"),
    "name": Column("json_extract(body, '$.name')"),
    "status": Column("json_extract(body, '$.status')"),
    "reporttaxtype": Column("json_extract(body, '$.report_type')"),
}
ITEM_COLUMNS: Columns = {
    "itemid": Column("id", "guid"),
    "code": Column("code"),
    "name": Column("name"),
    "description": Column("json_extract(body, '$.description')"),
    "issold": Column("json_extract(body, '$.is_sold')", "flag"),
    "ispurchased": Column("json_extract(body, '$.is_purchased')", "flag"),
    "updateddateutc": Column("updated_ms", "instant"),
}
CONTACT_GROUP_COLUMNS: Columns = {
    "contactgroupid": Column("id", "guid"),
    "name": Column("name"),
    "status": Column("status"),
}
