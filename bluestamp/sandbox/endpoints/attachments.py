"""/{Collection}/{id}/Attachments: raw bytes in and out."""

from functools import partial

from bluestamp.sandbox import attachments
from bluestamp.sandbox.endpoints.batches import Invalid
from bluestamp.sandbox.endpoints.calls import Call, Endpoint, Result
from bluestamp.sandbox.errors import ElementRefused
from bluestamp.sandbox.listings import is_on


def index(collection: str, call: Call, name: str) -> Result:
    """GET: the files' names, addresses, sizes."""
    owner = attachments.require_owner(call.act, collection, name)
    return Result(
        "Attachments",
        [attachments.render(call.act, collection, row) for row in attachments.every(call.act, owner)],
    )


def show(collection: str, call: Call, name: str, file: str) -> Result:
    """GET: one file's bytes, by AttachmentID or name."""
    row = attachments.find(call.act, attachments.require_owner(call.act, collection, name), file)
    return Result(content=row["content"], media_type=row["media_type"])


def put(collection: str, call: Call, name: str, file: str) -> Result:
    """PUT or POST: attach the body under a name, or overwrite it. A refusal has one element."""
    owner = attachments.require_owner(call.act, collection, name)
    online = is_on(call.query, "IncludeOnline")
    try:
        row = attachments.put(call.act, owner, file, call.raw, call.media_type, include_online=online)
    except ElementRefused as refused:
        raise _invalid(refused) from None
    return Result("Attachments", [attachments.render(call.act, collection, row)])


def of(collection: str) -> tuple[dict[str, Endpoint], dict[str, Endpoint]]:
    """The endpoints of a collection's list of files and of one file."""
    write = partial(put, collection)
    return {"GET": partial(index, collection)}, {
        "GET": partial(show, collection),
        "PUT": write,
        "POST": write,
    }


def _invalid(refused: ElementRefused) -> Invalid:
    return Invalid([{"ValidationErrors": [{"Message": message} for message in refused.messages]}])
