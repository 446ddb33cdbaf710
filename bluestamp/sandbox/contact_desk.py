"""The pages of contacts: a list, one page for each, and what a person presses on it."""

from bluestamp.sandbox import call_log, contact_acts, contact_pages, contacts, document_list, labels
from bluestamp.sandbox.contacts import Contact
from bluestamp.sandbox.document_desk import labelled, wish
from bluestamp.sandbox.document_list import Wanted
from bluestamp.sandbox.errors import ElementRefused, Redirected, Refused
from bluestamp.sandbox.idempotency import Answered
from bluestamp.sandbox.listings import Paging, Selection
from bluestamp.sandbox.organisations import Organisation
from bluestamp.sandbox.visits import Visit

PAGE_SIZE = 50
TABS = {
    "active": ("Active", "status = 'ACTIVE'"),
    "customers": ("Customers", "status = 'ACTIVE' AND is_customer"),
    "suppliers": ("Suppliers", "status = 'ACTIVE' AND is_supplier"),
    "archived": ("Archived", "status <> 'ACTIVE'"),
}


def index(visit: Visit, organisation: Organisation) -> Answered:
    """One page of the contacts."""
    store, args = visit.world.store, visit.request.args
    text, tab = args.get("q", "").strip(), args.get("tab", "active")
    tab = tab if tab in TABS else "active"
    page = visit.number("page")
    counts = {name: _selection(organisation, text, name).count(store) for name in TABS}
    found = _selection(organisation, text, tab).page(store, Paging(page, PAGE_SIZE))
    held = [contacts.from_row(row) for row in found]
    today = visit.world.clock.today(organisation.zone)
    return visit.show(
        "contacts.html",
        here="contacts",
        organisation=organisation,
        contacts=held,
        owed=contact_pages.balances(store, [contact.id for contact in held], today),
        tabs=[(name, TABS[name][0], counts[name]) for name in TABS],
        tab=tab,
        text=text,
        page=page,
        pages=max(1, -(-counts[tab] // PAGE_SIZE)),
        link=labels.CONTACT_LINK,
    )


def show(visit: Visit, contact_id: str, problem: tuple[str, ...] = ()) -> Answered:
    """One contact with what it owes and is owed, its latest documents and its history. Raises NotFound."""
    organisation = visit.owner("contacts", contact_id)
    act = visit.act(organisation)
    contact = contact_acts.load(act, contact_id)
    found = document_list.find(act.store, organisation.id, Wanted(contact=contact.id), act.today)
    return visit.show(
        "contact.html",
        here="contacts",
        organisation=organisation,
        status=400 if problem else 200,
        contact=contact,
        merged=contacts.find(act.store, organisation.id, contact.merged_to) if contact.merged_to else None,
        owed=contact_pages.balances(act.store, [contact.id], act.today).get(contact.id),
        verbs=contact_acts.open_verbs(contact),
        documents=[(document, labelled(document)) for document in found.documents[:12]],
        count=found.count,
        link=labels.deep_link,
        contact_link=labels.CONTACT_LINK,
        kinds=labels.KIND_LABELS,
        others=_others(visit, organisation, contact),
        history=act.store.all(
            "SELECT * FROM history WHERE subject = ? ORDER BY id DESC LIMIT 30", contact.id
        ),
        calls=call_log.of_document(act.store, contact.id),
        problem=problem,
    )


def do(visit: Visit, contact_id: str, verb: str) -> Answered:
    """Press a button on a contact; a refusal is shown on its page. Raises Redirected, NotFound."""
    act = visit.act(visit.owner("contacts", contact_id))
    try:
        with visit.world.store.transaction():
            contact_acts.do(act, contact_id, verb, wish(visit.request.form))
    except ElementRefused as refused:
        return show(visit, contact_id, refused.messages)
    except Refused as refused_whole:
        return show(visit, contact_id, (refused_whole.message,))
    visit.world.webhooks.wake()
    raise Redirected(labels.CONTACT_LINK.format(contact_id))


def _selection(organisation: Organisation, text: str, tab: str) -> Selection:
    selection = Selection("contacts", {}, order="name ASC, id ASC")
    selection.narrow("organisation = ?", organisation.id)
    selection.narrow(TABS[tab][1])
    if text:
        selection.narrow_to_words(text.lower(), "search", "account_number", "id")
    return selection


def _others(visit: Visit, organisation: Organisation, contact: Contact) -> list[str]:
    """Names to merge into, offered while typing."""
    rows = visit.world.store.all(
        "SELECT name FROM contacts WHERE organisation = ? AND status = 'ACTIVE' AND id <> ? ORDER BY name LIMIT 300",
        organisation.id,
        contact.id,
    )
    return [row["name"] for row in rows]
