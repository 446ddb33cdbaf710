"""What Xero itself worked out, to the cent. Source and licence: README.md beside this file."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bluestamp.money.totals import Line, TaxMode, totals

RECORDED: list[dict[str, Any]] = json.loads(Path(__file__).with_name("recorded_documents.json").read_text())


def lines_of(document: dict[str, Any]) -> list[Line]:
    return [
        Line(
            quantity=Decimal(line["quantity"]),
            unit_amount=Decimal(line["unit_amount"]),
            discount_rate=Decimal(line["discount_rate"]),
            tax_percent=Decimal(line["tax_percent"]),
        )
        for line in document["lines"]
    ]


def test_all_79_documents_and_92_lines_are_walked() -> None:
    assert len(RECORDED) == 79
    assert sum(len(document["lines"]) for document in RECORDED) == 92


@pytest.mark.parametrize("document", RECORDED, ids=lambda document: f"{document['type']}-{document['total']}")
def test_a_recorded_document_comes_out_to_the_cent(document: dict[str, Any]) -> None:
    ours = totals(lines_of(document), TaxMode(document["tax_mode"]))

    assert [(str(line.line_amount), str(line.tax_amount)) for line in ours.lines] == [
        (line["line_amount"], line["tax_amount"]) for line in document["lines"]
    ]
    assert str(ours.sub_total) == document["sub_total"]
    assert str(ours.total_tax) == document["total_tax"]
    assert str(ours.total) == document["total"]
