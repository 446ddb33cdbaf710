"""What may not be done to a document right now, and the sentences why; the verbs refuse all the same."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from bluestamp.people import holds

CONTROLS: Final = {
    "edit": ("edit", "lines", "codes", "approve"),
    "cancel": ("cancel",),
    "back_to_draft": ("back_to_draft",),
    "void": ("void",),
    "correct": ("correct",),
}
"""Which controls of a page each act stands behind."""


MEANS: Final = {
    "edit": "To change it",
    "cancel": "To cancel it",
    "back_to_draft": "To put it back to draft",
    "void": "To void it",
    "correct": "To correct it",
}
"""What a way out leads to, in the order in which the ways are told."""


@dataclass(frozen=True)
class Reason:
    """Why something is held, said once, and the way out for each act: (what it leads to, what to do)."""

    why: str
    ways: list[tuple[str, str]]


@dataclass(frozen=True)
class HeldActs:
    """Controls to leave away, each as False, and the reasons."""

    refused: dict[str, bool] = field(default_factory=dict)
    sentences: list[Reason] = field(default_factory=list)


NOTHING: Final = HeldActs()


def of(kind: str, document_id: str) -> HeldActs:
    """Read a document's holds."""
    found = holds.of(kind, document_id)
    refused = {control: False for hold in found for control in CONTROLS.get(hold.act, ())}
    ways: dict[str, list[tuple[str, str]]] = {}
    for hold in sorted(
        found, key=lambda hold: list(MEANS).index(hold.act) if hold.act in MEANS else len(MEANS)
    ):
        why, end, way = hold.sentence.partition(". ")
        ways.setdefault(why + end.strip(), []).extend([(MEANS.get(hold.act, ""), way)] if way else [])
    return HeldActs(refused=refused, sentences=[Reason(why, ways[why]) for why in ways])
