"""Writing one element or many, with summarizeErrors both ways (api/accounting/requests-and-responses).

Omitted or true: any invalid element refuses the request with ErrorNumber 10, and nothing is kept (Xero doesn't say
whether the valid ones are: a switch). False: 200, every element says OK, WARNING or ERROR for itself, in the order sent.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bluestamp.sandbox import wire
from bluestamp.sandbox.acts import Act
from bluestamp.sandbox.elements import Element
from bluestamp.sandbox.endpoints.calls import Call, Result
from bluestamp.sandbox.errors import Answer, ElementRefused

Verb = Callable[[Act, Element], object]
Render = Callable[[Act, list[object]], list[wire.Json]]
Echo = Callable[[Element], wire.Json]


@dataclass(frozen=True)
class Noun:
    """How a collection's elements are written when they succeed and when they don't."""

    collection: str
    flag: str
    """HasErrors on documents, HasValidationErrors on contacts and payments, nothing on allocations."""
    render: Render
    echo: Echo


class Invalid(Answer):
    """400 with the failing elements; raising it undoes the request."""

    status = 400

    def __init__(self, elements: Sequence[wire.Json]) -> None:
        super().__init__(f"{len(elements)} invalid")
        self.elements = list(elements)

    def body(self) -> wire.Json:
        return {
            "ErrorNumber": 10,
            "Type": "ValidationException",
            "Message": "A validation exception occurred",
            "Elements": self.elements,
        }


@dataclass(frozen=True)
class Outcome:
    """What became of one element."""

    element: Element
    done: object | None
    refused: ElementRefused | None
    warnings: tuple[str, ...]


def write(call: Call, noun: Noun, elements: list[Element], verb: Verb) -> Result:
    """Do a verb for each element. Raises Invalid when errors are summarised and there are any."""
    outcomes = [_do(call.act, element, verb) for element in elements]
    failed = [outcome for outcome in outcomes if outcome.refused]
    if failed and call.summarises:
        invalid = Invalid([_failed(noun, outcome) for outcome in failed])
        if not call.act.switches.batch_keeps_valid:
            raise invalid
        return Result(status=invalid.status, bare=invalid.body())
    written = iter(noun.render(call.act, [outcome.done for outcome in outcomes if outcome.done is not None]))
    items = [
        _failed(noun, outcome, stamped=True)
        if outcome.refused
        else _done(noun, outcome, next(written), call.summarises)
        for outcome in outcomes
    ]
    return Result(noun.collection, items)


def _do(act: Act, element: Element, verb: Verb) -> Outcome:
    act.warnings.clear()
    try:
        with act.store.transaction():
            done = verb(act, element)
    except ElementRefused as refused:
        return Outcome(element, None, refused, refused.warnings)
    return Outcome(element, done, None, tuple(act.warnings))


def _done(noun: Noun, outcome: Outcome, written: wire.Json, summarised: bool) -> wire.Json:
    if not summarised:
        written["StatusAttributeString"] = "WARNING" if outcome.warnings else "OK"
    if outcome.warnings:
        written["Warnings"] = _messages(outcome.warnings)
    return written | ({noun.flag: False} if noun.flag else {})


def _failed(noun: Noun, outcome: Outcome, *, stamped: bool = False) -> wire.Json:
    refused = outcome.refused
    written = noun.echo(outcome.element)
    if stamped:
        written["StatusAttributeString"] = "ERROR"
    if noun.flag:
        written[noun.flag] = True
    written["ValidationErrors"] = _messages(refused.messages if refused else ())
    written["Warnings"] = _messages(outcome.warnings)
    return {name: value for name, value in written.items() if name != "Warnings" or value}


def _messages(texts: Sequence[str]) -> list[dict[str, str]]:
    return [{"Message": text} for text in texts]
