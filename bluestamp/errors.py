"""What a person may be told "no" with. Each refusal has a stable code and a sentence fit for the person.

Refusal
├── NotFound        there is no such thing for this person            404
├── NotPermitted    the person's role forbids it                      403
├── Invalid         a value is wrong; names the field                 422
└── Conflict        the state forbids it, or somebody was faster      409

A noun's own refusals subclass one of these beside its verbs, name the condition (`NotApprovable`) and carry the
same words in capitals as their code. Web and API translate the four kinds in one place each.
"""

from __future__ import annotations

from typing import ClassVar


class Refusal(Exception):
    """The rules forbid it. `sentence` is shown to the person as it stands."""

    code: ClassVar[str] = "REFUSED"
    http_status: ClassVar[int] = 409

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class NotFound(Refusal):
    """There is no such thing in this studio."""

    code = "NOT_FOUND"
    http_status = 404


class NotPermitted(Refusal):
    """The person's role does not include this."""

    code = "NOT_PERMITTED"
    http_status = 403


class Invalid(Refusal):
    """A value can't be taken. `field` is the form's name of it, with the line's index for lines: `lines.2.quantity`."""

    code = "INVALID"
    http_status = 422

    def __init__(self, sentence: str, *, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


class InvalidFields(Invalid):
    """Several values can't be taken: one `Invalid` each, in the order of the form."""

    def __init__(self, faults: list[Invalid]) -> None:
        super().__init__(" ".join(fault.sentence for fault in faults), field=faults[0].field)
        self.faults = faults


class Conflict(Refusal):
    """The state of the thing forbids it, or somebody else changed it first."""

    code = "CONFLICT"
    http_status = 409
