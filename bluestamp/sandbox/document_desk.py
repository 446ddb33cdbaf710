"""The pages of documents: a list for each kind, one page for each document, and what a person presses on them."""

from collections.abc import Mapping
from decimal import Decimal
from urllib.parse import quote

from bluestamp.sandbox import (
    allocations,
    attachments,
    bookkeeper,
    call_log,
    contacts,
    document_list,
    documents,
    labels,
    papers,
    payments,
)
from bluestamp.sandbox.acts import Act
from bluestamp.sandbox.documents import Document
from bluestamp.sandbox.errors import ElementRefused, NotFound, Redirected, Refused
from bluestamp.sandbox.idempotency import Answered
from bluestamp.sandbox.kinds import KINDS
from bluestamp.sandbox.organisations import Organisation
from bluestamp.sandbox.store import marks
from bluestamp.sandbox.visits import Visit

MANY_VERBS = {
    "approve": "Approve",
    "pay": "Pay in full",
    "bill": "Mark as billed",
    "void": "Void",
    "delete": "Delete",
}
CREDITS = tuple(type_ for type_ in allocations.SIDES)
OPENED = frozenset({"application/pdf", "image/gif", "image/jpeg", "image/png", "text/plain"})
CHOICES = 200
"""How many invoices, or credits, a drop-down offers."""


def index(
    visit: Visit, organisation: Organisation, problem: tuple[str, ...] = (), done: str = ""
) -> Answered:
    """One page of a list."""
    store = visit.world.store
    wanted = document_list.read(visit.request)
    found = document_list.find(store, organisation.id, wanted, visit.world.clock.today(organisation.zone))
    return visit.show(
        "list.html",
        here=wanted.type or "everything",
        organisation=organisation,
        status=400 if problem and not done else 200,
        wanted=wanted,
        found=found,
        rows=[(document, labelled(document)) for document in found.documents],
        names=contacts.find_many(store, {document.contact_id for document in found.documents}),
        about=contacts.find(store, organisation.id, wanted.contact) if wanted.contact else None,
        link=labels.deep_link,
        kinds=labels.KIND_LABELS,
        title=labels.SECTION_LABELS.get(wanted.type, "Everything"),
        sorts=document_list.SORT_LABELS,
        many=MANY_VERBS,
        today=visit.world.clock.today(organisation.zone),
        problem=problem,
        done=done,
    )


def show(visit: Visit, document_id: str, problem: tuple[str, ...] = ()) -> Answered:
    """One document as paper, with everything that belongs to it. Raises NotFound."""
    organisation = visit.owner("documents", document_id)
    act = visit.act(organisation)
    document = bookkeeper.load(act, document_id)
    return visit.show(
        "document.html",
        here=labels.section_of(document),
        organisation=organisation,
        status=400 if problem else 200,
        document=document,
        kind=KINDS[document.kind],
        contact=contacts.find(act.store, organisation.id, document.contact_id),
        contact_link=labels.CONTACT_LINK.format(document.contact_id),
        word=labels.KIND_LABELS[document.type],
        verbs=bookkeeper.open_verbs(document),
        label=labelled(document)[0],
        tone=labelled(document)[1],
        has_paper=document.type in papers.TITLES,
        section=labels.SECTION_LABELS[labels.section_of(document)],
        problem=problem,
        today=act.today,
        **_settlements(act, document),
        **_choices(act),
        files=attachments.every(act, document.id),
        history=act.store.all(
            "SELECT * FROM history WHERE subject = ? ORDER BY id DESC LIMIT 50", document.id
        ),
        calls=call_log.of_document(act.store, document.id),
    )


def paper(visit: Visit, document_id: str) -> Answered:
    """The document as its reader gets it, a PDF. Raises NotFound, also for kinds that have none."""
    act = visit.act(visit.owner("documents", document_id))
    document = bookkeeper.load(act, document_id)
    if document.type not in papers.TITLES:
        raise NotFound
    return Answered(200, {"Content-Type": "application/pdf"}, papers.pdf(act, document))


def file(visit: Visit, document_id: str, file_id: str) -> Answered:
    """One of its files. Only what can't press buttons on these pages opens in the browser. Raises NotFound."""
    row = attachments.find(visit.act(visit.owner("documents", document_id)), document_id.lower(), file_id)
    way = "inline" if row["media_type"] in OPENED else "attachment"
    named = f"{way}; filename=\"{row['name'].encode('ascii', 'replace').decode()}\"; filename*=UTF-8''{quote(row['name'])}"
    headers = {
        "Content-Type": row["media_type"],
        "Content-Disposition": named,
        "X-Content-Type-Options": "nosniff",
    }
    return Answered(200, headers, row["content"])


def do(visit: Visit, document_id: str, verb: str) -> Answered:
    """Press a button on a document; a refusal is shown on its page. Raises Redirected, NotFound."""
    act = visit.act(visit.owner("documents", document_id))
    try:
        with visit.world.store.transaction():
            document = bookkeeper.do(act, document_id, verb, wish(visit.request.form))
    except ElementRefused as refused:
        return show(visit, document_id, refused.messages)
    except Refused as refused_whole:
        return show(visit, document_id, (refused_whole.message,))
    visit.world.webhooks.wake()
    raise Redirected(labels.deep_link(document))


def do_to_many(visit: Visit, organisation: Organisation) -> Answered:
    """Press a button on all selected documents; each is done or refused for itself. Raises NotFound."""
    verb, chosen = visit.request.form.get("verb", ""), visit.request.form.getlist("document")
    if verb not in MANY_VERBS:
        raise NotFound
    refused, done = list[str](), 0
    for document_id in chosen:
        message = _try(visit, organisation, document_id, verb)
        refused += [message] if message else []
        done += not message
    visit.world.webhooks.wake()
    word = "document" if done == 1 else "documents"
    said = f"{MANY_VERBS[verb]}: done for {done} {word}." if done else ""
    nothing = () if chosen else ("Nothing was selected.",)
    return index(visit, organisation, (*nothing, *refused), said)


def wish(form: Mapping[str, str]) -> dict[str, object]:
    """A form as the JSON the control endpoint takes: fields whose name is Xero's (capitalised) go under `fields`."""
    fields = {name: value for name, value in form.items() if name[:1].isupper() and value.strip()}
    wished: dict[str, object] = {
        name: value for name, value in form.items() if not name[:1].isupper() and value
    }
    return wished | ({"fields": fields} if fields else {})


def _try(visit: Visit, organisation: Organisation, document_id: str, verb: str) -> str:
    """What was refused, empty if it was done."""
    act = visit.act(organisation)
    try:
        with visit.world.store.transaction():
            bookkeeper.do(act, document_id, verb, {})
    except ElementRefused as refused:
        number = visit.world.store.scalar("SELECT number FROM documents WHERE id = ?", document_id)
        return f"{number or 'A document without a number'}: {' '.join(refused.messages)}"
    except (Refused, NotFound):
        return "A selected document isn't here any more."
    return ""


def labelled(document: Document) -> tuple[str, str]:
    """A document's status in a bookkeeper's words, and the tone of its pill."""
    gives_credit = KINDS[document.kind].gives_credit
    label = labels.status_label(document.kind, document.status, gives_credit=gives_credit)
    return label, labels.TONES.get(document.status, "idle")


def _settlements(act: Act, document: Document) -> dict[str, object]:
    """Payments, credit used or received, and what could still be used."""
    ids = [document.id]
    return {
        "paid": payments.of_documents(act.store, ids).get(document.id, []),
        "used": allocations.of_notes(act.store, ids).get(document.id, []),
        "credited": allocations.on_invoices(act.store, ids).get(document.id, []),
        "owing": _standing(act, document, (allocations.SIDES[document.type],))
        if document.type in allocations.SIDES
        else [],
        "credits": _standing(
            act, document, tuple(type_ for type_, side in allocations.SIDES.items() if side == document.type)
        )
        if document.kind == "INVOICE" and document.status == "AUTHORISED"
        else [],
    }


def _standing(act: Act, document: Document, types: tuple[str, ...]) -> list[Document]:
    """Documents of the same contact and currency with something left on them."""
    rows = act.store.all(
        "SELECT body FROM documents WHERE organisation = ? AND contact = ? AND currency = ? AND status = 'AUTHORISED'"
        f" AND amount_due > 0 AND type IN ({marks(types)}) ORDER BY dated LIMIT ?",
        act.organisation.id,
        document.contact_id,
        document.currency,
        *types,
        CHOICES,
    )
    return [documents.from_row(row) for row in rows]


def _choices(act: Act) -> dict[str, object]:
    """What the drop-downs offer."""
    listed = sorted(act.chart.accounts.values(), key=lambda account: account.code)
    rates = {rate.tax_type: rate for rate in act.chart.tax_rates.values()}
    return {
        "accounts": [
            account for account in listed if account.is_open_to_lines and account.status == "ACTIVE"
        ],
        "account_names": {account.code: account.name for account in listed},
        "banks": bookkeeper.payment_accounts(act),
        "bank_names": {account.id: account.name for account in listed},
        "rates": [rate for rate in rates.values() if rate.status == "ACTIVE"],
        "rate_names": {name: rate.name for name, rate in rates.items()},
        "zero": Decimal(0),
    }
