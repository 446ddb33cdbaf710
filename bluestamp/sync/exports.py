"""Everything that a studio has, as one zip: each table as CSV and as JSON, and the papers and receipts beside them.

So that nobody stays because their data does. It is written while it is downloaded, so that no size is too large. What is
left out, and why, is a closed list (`LEFT_OUT`); whatever else belongs to a studio is in it.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from django.apps import apps
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from bluestamp.books import documents
from bluestamp.books.letters import Letter
from bluestamp.engine import files, spreadsheets, tenancy
from bluestamp.engine.secrets import SealedText
from bluestamp.people import activity, memberships, permissions
from bluestamp.people.actors import Actor
from bluestamp.people.permissions import Action

ROOMS: Final = ("people", "books", "sync")
LEFT_OUT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "people_apitoken": "a hash, of no use to anybody",
        "people_invitation": "a hash, of no use to anybody",
        "people_membership": "written as people.csv, with names and addresses",
        "sync_batch": "what was on its way; the exact bytes of old calls",
        "sync_consentstate": "a way to Xero and back that took minutes",
        "sync_grant": "the keys to Xero, which open nothing but this installation",
        "sync_numberlook": "when numbers were last asked for in Xero",
        "sync_standing": "reckoned from the copies",
        "sync_tenantentry": "the directory of this installation",
    }
)
ROWS_AT_ONCE: Final = 2000
README: Final = """Everything that {name} had in Bluestamp on {day}.

csv/    each table as a spreadsheet: first line the names of its columns
json/   the same, each table as a list of objects
files/  papers that were sent and receipts, under the keys that documents and letters name (paper_key, receipt_key, and
        old_papers, which a correction replaced)

Amounts are in the document's currency, days are calendar days, instants are UTC. Rows refer to each other by id.
Not in it:
{left_out}
"""


def tables() -> dict[str, type[models.Model]]:
    """Return what is written, by the name of its file: every table of a studio that is not left out."""
    found = {
        model._meta.db_table: model
        for room in ROOMS
        for model in apps.get_app_config(room).get_models()
        if any(field.name == "studio" for field in model._meta.fields)
    }
    return {name: model for name, model in sorted(found.items()) if name not in LEFT_OUT}


def everything(*, name: str, by: Actor, now: dt.datetime, with_files: bool) -> Iterator[bytes]:
    """Write down that it was asked for, and return the zip's bytes as they are made. Refuses NotPermitted."""
    permissions.require(by, Action.EXPORT)
    sentence = "Exported everything" + (", papers and receipts too." if with_files else ".")
    activity.record(
        by=by, verb="studio.exported", kind="studio", subject_id=str(by.studio_id), sentence=sentence, now=now
    )
    return _written(name, by, now, with_files=with_files)


# Steps


class _Sink(io.RawIOBase):
    """Where the zip writes to: it keeps what was not handed on yet."""

    def __init__(self) -> None:
        self._kept = bytearray()

    def writable(self) -> bool:
        """It takes bytes."""
        return True

    def write(self, data: Any) -> int:
        """Keep some."""
        self._kept += data
        return len(data)

    def taken(self) -> bytes:
        """Hand on what was kept."""
        data = bytes(self._kept)
        self._kept.clear()
        return data


def _written(name: str, by: Actor, now: dt.datetime, *, with_files: bool) -> Iterator[bytes]:
    """The parts, one after the other. The view is over by now, so the studio is opened anew."""
    sink = _Sink()
    with (
        tenancy.leaving(),
        tenancy.acting_in(by.studio_id),
        zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        left_out = "\n".join(f"- {table}: {why}" for table, why in LEFT_OUT.items())
        archive.writestr("README.txt", README.format(name=name, day=f"{now:%Y-%m-%d}", left_out=left_out))
        for table, rows in _sources(by):
            yield from _table(archive, sink, table, *rows)
        if with_files:
            for key, label in _keys():
                _file(archive, by.studio_id, key, label)
                yield sink.taken()
    yield sink.taken()


Source = tuple[list[str], Any]
"""Columns, and a function that reads the rows anew."""


def _sources(by: Actor) -> Iterator[tuple[str, Source]]:
    yield "people", (["name", "email", "role", "is_active", "joined_at"], lambda: _people(by))
    for table, model in tables().items():
        names = [field.attname for field in model._meta.concrete_fields if _is_told(field)]
        yield table, (names, lambda model=model, names=names: _rows(model, names))


def _people(by: Actor) -> Iterator[tuple[Any, ...]]:
    for each in memberships.listed(by):
        yield each.user.name, each.user.email, each.role, each.is_active, each.joined_at


def _rows(model: type[models.Model], names: list[str]) -> Iterator[tuple[Any, ...]]:
    return model._default_manager.order_by("pk").values_list(*names).iterator(chunk_size=ROWS_AT_ONCE)


def _is_told(field: models.Field[Any, Any]) -> bool:
    return field.name != "studio" and not isinstance(field, SealedText | models.BinaryField)


def _table(archive: zipfile.ZipFile, sink: _Sink, table: str, names: list[str], rows: Any) -> Iterator[bytes]:
    with archive.open(f"csv/{table}.csv", "w") as file, io.TextIOWrapper(file, "utf-8", newline="") as text:
        writer = csv.writer(text)
        writer.writerow(names)
        for place, row in enumerate(rows()):
            writer.writerow([_cell(value) for value in row])
            if place % ROWS_AT_ONCE == 0:
                yield sink.taken()
    with archive.open(f"json/{table}.json", "w") as file, io.TextIOWrapper(file, "utf-8") as text:
        text.write("[")
        for place, row in enumerate(rows()):
            told = dict(zip(names, row, strict=True))
            text.write(
                ("," if place else "") + "\n" + json.dumps(told, cls=DjangoJSONEncoder, ensure_ascii=False)
            )
            if place % ROWS_AT_ONCE == 0:
                yield sink.taken()
        text.write("\n]\n")
    yield sink.taken()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict | list):
        return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)
    if isinstance(value, dt.datetime):
        return value.isoformat()
    return spreadsheets.harmless(str(value))


def _keys() -> Iterator[tuple[str, str]]:
    """Every file that a document or its letters name, once, with what it is called in the archive."""
    for kind, model in documents.KINDS.items():
        names = {field.name for field in model._meta.concrete_fields}
        keys = set(Letter.objects.filter(kind=kind).values_list("paper_key", flat=True))
        for column in names & {"paper_key", "receipt_key"}:
            keys |= set(model._default_manager.values_list(column, flat=True))
        if "old_papers" in names:
            rows: Any = model._default_manager
            replaced = rows.exclude(old_papers=[]).values_list("old_papers", flat=True)
            keys |= {key for papers in replaced for key in papers}
        yield from ((key, f"files/{kind}/{key}") for key in sorted(keys - {""}))


def _file(archive: zipfile.ZipFile, studio_id: int, key: str, label: str) -> None:
    try:
        with files.open(studio_id, key) as file, archive.open(label, "w") as target:
            while chunk := file.read(files.CHUNK_BYTES):
                target.write(chunk)
    except files.NoSuchFile:
        archive.writestr(f"{label}.missing.txt", "This file was no longer there.\n")
