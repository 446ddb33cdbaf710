"""What files and notes hang on: an element of a collection, found by its id there and nowhere else."""

from bluestamp.sandbox.acts import Act
from bluestamp.sandbox.kinds import KINDS

TABLES = {
    "Accounts": "accounts",
    "BatchPayments": "batch_payments",
    "Contacts": "contacts",
    "Items": "items",
    "Payments": "payments",
}
"""Collections that aren't documents, and where their elements are kept."""
KIND_OF = {kind.collection: kind.name for kind in KINDS.values()}


def find(act: Act, collection: str, owner: str) -> str | None:
    """The id of an element, if the collection has it."""
    asked = (act.organisation.id, owner.lower())
    table, kind = TABLES.get(collection), KIND_OF.get(collection)
    if table:
        found = act.store.scalar(f"SELECT id FROM {table} WHERE organisation = ? AND id = ?", *asked)
    else:
        sql = "SELECT id FROM documents WHERE organisation = ? AND id = ? AND kind = ?"
        found = act.store.scalar(sql, *asked, kind)
    return str(found) if found else None
