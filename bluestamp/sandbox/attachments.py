"""Attachments: files on a document or a contact, named uniquely there; sent again, a name is overwritten.

From developer.xero.com, api/accounting/attachments: ten for each; its pages give 10 MB and 25 MB (a switch).
"""

from urllib.parse import quote

from bluestamp.sandbox import owners, wire
from bluestamp.sandbox.acts import Act, new_id
from bluestamp.sandbox.errors import ElementRefused, NotFound
from bluestamp.sandbox.store import Row

MAX_COUNT = 10
MEGABYTE = 1024 * 1024
MARKED = ("documents", "contacts", "accounts")
"""Tables whose bodies say HasAttachments."""
FORBIDDEN = frozenset('<>:"/\\|?*+\0')
SHOWN_ONLINE = frozenset({"ACCREC", "ACCRECCREDIT"})


def require_owner(act: Act, collection: str, owner: str) -> str:
    """The id of the element that files hang on. Raises NotFound, also for another collection's."""
    found = owners.find(act, collection, owner)
    if found is None:
        raise NotFound
    return found


def put(act: Act, owner: str, name: str, content: bytes, media_type: str, *, include_online: bool) -> Row:
    """Attach a file, or overwrite the one of that name. Raises ElementRefused."""
    held = act.store.one("SELECT * FROM attachments WHERE owner = ? AND name = ?", owner, name)
    _refuse(act, owner, name, content, is_new=held is None)
    act.store.put(
        "attachments",
        id=held["id"] if held else new_id(),
        organisation=act.organisation.id,
        owner=owner,
        name=name,
        media_type=media_type or "application/octet-stream",
        size=len(content),
        include_online=include_online and _is_shown_online(act, owner),
        content=content,
    )
    _mark(act, owner)
    act.note(owner, "Attached a file", f"Attached the file {name} through the Xero API using {act.doer.name}")
    return find(act, owner, name)


def find(act: Act, owner: str, name: str) -> Row:
    """A file by AttachmentID or name. Raises NotFound."""
    row = act.store.one(
        "SELECT * FROM attachments WHERE owner = ? AND (name = ? OR id = ?)", owner, name, name.lower()
    )
    if row is None:
        raise NotFound
    return row


def every(act: Act, owner: str) -> list[Row]:
    """All files of an owner."""
    return act.store.all("SELECT * FROM attachments WHERE owner = ? ORDER BY name", owner)


def render(act: Act, collection: str, row: Row) -> wire.Json:
    """One attachment, as recorded from Xero."""
    address = f"{act.origin}/api.xro/2.0/{collection}/{row['owner']}/Attachments/{quote(row['name'])}"
    return {
        "AttachmentID": row["id"],
        "FileName": row["name"],
        "Url": address,
        "MimeType": row["media_type"],
        "ContentLength": row["size"],
        "IncludeOnline": bool(row["include_online"]),
    }


def _refuse(act: Act, owner: str, name: str, content: bytes, *, is_new: bool) -> None:
    if not name.strip() or FORBIDDEN & set(name):
        raise ElementRefused(["The file name contains characters that are not allowed"])
    if not content:
        raise ElementRefused(["The attachment has no content"])
    ceiling = act.switches.attachment_limit_mb
    if len(content) > ceiling * MEGABYTE:
        raise ElementRefused([f"The attachment is larger than {ceiling:g} MB"])
    if is_new and len(every(act, owner)) >= MAX_COUNT:
        raise ElementRefused([f"No more than {MAX_COUNT} attachments are allowed"])


def _is_shown_online(act: Act, owner: str) -> bool:
    return act.store.scalar("SELECT type FROM documents WHERE id = ?", owner) in SHOWN_ONLINE


def _mark(act: Act, owner: str) -> None:
    for table in MARKED:
        act.store.run(
            f"UPDATE {table} SET body = json_set(body, '$.has_attachments', json('true')) WHERE id = ?", owner
        )
