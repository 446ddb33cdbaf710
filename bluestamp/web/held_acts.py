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


@dataclass(frozen=True)
class HeldActs:
    """Controls to leave away, each as False, and the reasons."""

    refused: dict[str, bool] = field(default_factory=dict)
    sentences: list[str] = field(default_factory=list)


NOTHING: Final = HeldActs()


def of(kind: str, document_id: str) -> HeldActs:
    """Read a document's holds."""
    found = holds.of(kind, document_id)
    refused = {control: False for hold in found for control in CONTROLS.get(hold.act, ())}
    sentences = list(dict.fromkeys(hold.sentence for hold in found))
    return HeldActs(refused=refused, sentences=sentences)
