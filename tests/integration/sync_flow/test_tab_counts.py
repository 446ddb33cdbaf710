"""What the tabs of a list count is what the list under them shows."""

from __future__ import annotations

from bluestamp.books import documents, invoices
from bluestamp.books.invoices import Invoice
from bluestamp.sync import push, standing
from tests.integration.sync_flow.conftest import Story


def _under(tab: str) -> int:
    return int(standing.under_tab("invoice", tab, Invoice.objects.all()).count())


def test_every_tab_counts_what_stands_under_it(story: Story) -> None:
    client = story.company("Kestrel Air")
    rows = [story.invoice(client) for _ in range(5)]
    for row in rows[:2]:
        invoices.mark_as_sent(invoice_id=row.id, version=row.version, by=story.ben, now=story.now)
    push.request_many("invoice", [row.id for row in rows[:2]], by=story.ben, now=story.now)
    Invoice.objects.filter(id=rows[4].id).update(in_books_already=True)
    for drained in (False, True):
        if drained:
            story.drain()
        counts = standing.tab_counts("invoice")
        assert counts == {tab: _under(tab) for tab in standing.TABS}
        assert counts["not_in_xero"] == 2
        assert counts == standing.tab_counts("invoice", of_all=documents.KINDS["invoice"].objects.count())
    assert standing.tab_counts("invoice")["on_its_way"] == 0
