"""Documents that together are more than Xero takes in one call go in several."""

from __future__ import annotations

from bluestamp.sync import push, standing
from bluestamp.sync.plan import CopyState
from bluestamp.xero.writes import MAX_BODY_BYTES
from tests.integration.sync_flow.conftest import Story, bought


def test_a_call_holds_as_much_as_xero_takes_and_the_rest_goes_with_the_next(story: Story) -> None:
    supplier = story.company("Quick Couriers")
    line = bought("Words", "1", "1", description="w" * 3600)
    rows = [
        story.expense(supplier, *[line] * (200 + position), supplier_invoice_number=f"QC-{position}")
        for position in range(6)
    ]
    assert MAX_BODY_BYTES < 6 * 200 * 3600
    push.request_many("expense", [row.id for row in rows], by=story.ben, now=story.now)
    story.drain()
    puts = [call for call in story.sandbox.calls("Invoices") if call["method"] == "PUT"]
    assert len(puts) == 2
    assert len(story.bills()) == 6
    assert {standing.of_one(row).state for row in rows} == {CopyState.IN_STEP}
