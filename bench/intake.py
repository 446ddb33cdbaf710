"""How fast a webhook is answered, at two hundred a second, each with one event, while the worker follows them up.

The events are about invoices that were really copied, so that the worker fetches them from Xero beside the intake,
as far as Xero's limits let it.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

import msgspec

from bench import load
from bench.figures import Figure, milliseconds, percentile
from bench.load import Request
from bench.running import lift_limits
from bench.studio import Studio
from bluestamp.xero import signatures
from tests.sandboxes import WEBHOOK_KEY, Sandbox

PER_SECOND: Final = 200


def measure(origin: str, xero: Sandbox, studio: Studio, *, seconds: int) -> list[Figure]:
    """Send them at their times and look how long each took."""
    from bluestamp.sync.copies import Copy

    xero.limit()
    xero_ids = list(Copy.objects.order_by("id").values_list("xero_id", flat=True))
    tenant = studio.connection.tenant_id
    requests = [_delivery(number, xero_ids, tenant) for number in range(PER_SECOND * seconds)]
    answers = load.paced(origin, requests, per_second=PER_SECOND)
    load.refuse_failures(answers)
    lift_limits(xero)
    taken = [answer.seconds for answer in answers]
    what = f"webhook intake at {PER_SECOND} events a second"
    return [
        Figure(what=f"{what}, p50", ours=milliseconds(percentile(taken, 50)), aim="20 ms"),
        Figure(what=f"{what}, p99", ours=milliseconds(percentile(taken, 99)), aim="< 50 ms"),
    ]


def _delivery(number: int, xero_ids: list[str], tenant_id: str) -> Request:
    xero_id = xero_ids[number % len(xero_ids)]
    at = dt.datetime(2026, 1, 1) + dt.timedelta(seconds=number)  # noqa: DTZ001 (Xero's own events name no zone)
    event = {
        "resourceUrl": f"https://api.xero.com/api.xro/2.0/Invoices/{xero_id}",
        "resourceId": xero_id,
        "eventDateUtc": at.isoformat(timespec="milliseconds"),
        "eventType": "UPDATE",
        "eventCategory": "INVOICE",
        "tenantId": tenant_id,
        "tenantType": "ORGANISATION",
    }
    said = {"events": [event], "firstEventSequence": number, "lastEventSequence": number, "entropy": "x"}
    body = msgspec.json.encode(said)
    signed = signatures.sign(body, key=WEBHOOK_KEY)
    headers = {"Content-Type": "application/json", signatures.HEADER: signed}
    return Request(method="POST", path="/xero/webhook", headers=headers, body=body)
