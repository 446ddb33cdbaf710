"""What Xero tells by itself: believed only when signed, stored once, and handed to every connection concerned."""

from __future__ import annotations

import datetime as dt
import json
import time
from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from bluestamp.engine import tenancy
from bluestamp.people.actors import Actor
from bluestamp.people.rows import Studio
from bluestamp.sync import directory, webhooks
from bluestamp.sync.webhooks import ReceivedEvent
from bluestamp.xero import signatures

pytestmark = pytest.mark.django_db

KEY = "a webhook key"
TENANT = "a46fcb6f-2773-40c4-a119-8aa08bca1e8e"
#: as captured from Xero: its spaces are uneven, and a body written anew would not fit its signature
INTENT = b'{"events":[],"firstEventSequence": 0,"lastEventSequence": 0, "entropy": "LUWDSUDGSWNZVALZXBEV"}'


@pytest.fixture(autouse=True)
def key(settings: Settings) -> None:
    settings.XERO_WEBHOOK_KEY = KEY


def event(resource_id: str = "r1", **more: str) -> dict[str, str]:
    return {
        "resourceUrl": f"https://api.xero.com/api.xro/2.0/Invoices/{resource_id}",
        "resourceId": resource_id,
        "eventDateUtc": "2026-11-02T09:29:58.123",
        "eventType": "UPDATE",
        "eventCategory": "INVOICE",
        "tenantId": TENANT,
        "tenantType": "ORGANISATION",
    } | more


def body_of(*events: dict[str, str]) -> bytes:
    said = {"events": events, "firstEventSequence": 1, "lastEventSequence": len(events), "entropy": "ABC"}
    return json.dumps(said, indent=3).encode()


def receive(body: bytes, now: dt.datetime, *, key: str = KEY) -> int:
    return webhooks.receive(raw=body, signature=signatures.sign(body, key=key), now=now)


def enter(studio: Studio, connection_id: str, tenant_id: str = TENANT) -> None:
    directory.enter(
        studio_id=studio.pk,
        tenant_id=tenant_id,
        connection_id=connection_id,
        xero_connection_id=f"x-{connection_id}",
    )


def drains() -> list[dict[str, Any]]:
    with database.cursor() as cursor:
        cursor.execute("SELECT args::text FROM procrastinate_jobs WHERE task_name = 'sync.drain' ORDER BY id")
        return [json.loads(row[0]) for row in cursor.fetchall()]


def test_an_intent_to_receive_is_answered_by_its_signature_over_the_raw_bytes(now: dt.datetime) -> None:
    assert receive(INTENT, now) == 200
    assert (
        webhooks.receive(raw=INTENT, signature=signatures.sign(INTENT, key=KEY)[:-2] + "x=", now=now) == 401
    )
    anew = json.dumps(json.loads(INTENT)).encode()
    assert webhooks.receive(raw=anew, signature=signatures.sign(INTENT, key=KEY), now=now) == 401


@pytest.mark.parametrize("signature", ["", "ä", "not base64", "AAAA"])
def test_any_other_signature_is_refused_and_nothing_is_stored(signature: str, now: dt.datetime) -> None:
    assert webhooks.receive(raw=body_of(event()), signature=signature, now=now) == 401
    assert not ReceivedEvent.objects.exists()


def test_without_a_key_nobody_is_believed(settings: Settings, now: dt.datetime) -> None:
    settings.XERO_WEBHOOK_KEY = ""
    assert webhooks.receive(raw=INTENT, signature="", now=now) == 401


def test_an_event_is_stored_and_its_drain_is_asked_for(northlight: Studio, now: dt.datetime) -> None:
    enter(northlight, "c1")
    assert receive(body_of(event()), now) == 200
    (row,) = webhooks.pending(connection_id="c1")
    assert (row.resource_id, row.category, row.event_type) == ("r1", "INVOICE", "UPDATE")
    assert row.event_at == dt.datetime(2026, 11, 2, 9, 29, 58, 123000, tzinfo=dt.UTC)
    assert drains() == [{"connection_id": "c1", "studio_id": northlight.pk}]


def test_an_event_that_comes_twice_is_one(northlight: Studio, now: dt.datetime) -> None:
    enter(northlight, "c1")
    receive(body_of(event(), event()), now)
    webhooks.mark_handled([row.id for row in webhooks.pending(connection_id="c1")], now=now)
    assert receive(body_of(event()), now) == 200
    assert webhooks.pending(connection_id="c1") == []
    assert ReceivedEvent.objects.count() == 1


def test_the_same_thing_changed_again_is_news(northlight: Studio, now: dt.datetime) -> None:
    enter(northlight, "c1")
    receive(body_of(event(), event(eventDateUtc="2026-11-02T09:29:59.000")), now)
    assert len(webhooks.pending(connection_id="c1")) == 2


def test_an_organisation_of_two_studios_is_told_to_both(
    northlight: Studio, daybreak: Studio, now: dt.datetime
) -> None:
    enter(northlight, "c1")
    enter(daybreak, "c2")
    receive(body_of(event()), now)
    assert drains() == [
        {"connection_id": "c1", "studio_id": northlight.pk},
        {"connection_id": "c2", "studio_id": daybreak.pk},
    ]
    webhooks.mark_handled([row.id for row in webhooks.pending(connection_id="c1")], now=now)
    assert len(webhooks.pending(connection_id="c2")) == 1


def test_a_delivery_may_mix_organisations_and_strangers_are_stored_and_ignored(
    northlight: Studio, now: dt.datetime
) -> None:
    enter(northlight, "c1")
    other = "11111111-2773-40c4-a119-8aa08bca1e8e"
    assert receive(body_of(event("r1"), event("r2", tenantId=other)), now) == 200
    assert [row.resource_id for row in webhooks.pending(connection_id="c1")] == ["r1"]
    assert ReceivedEvent.objects.get(tenant_id=other).connection_id == ""
    assert len(drains()) == 1


def test_a_signed_body_that_can_not_be_read_is_accepted_and_leads_nowhere(now: dt.datetime) -> None:
    assert receive(b"[]", now) == 200
    assert not ReceivedEvent.objects.exists()


def test_nothing_of_a_studio_is_read_to_take_an_event(northlight: Studio, now: dt.datetime) -> None:
    enter(northlight, "c1")
    assert tenancy.current() is None
    assert receive(body_of(event()), now) == 200


def test_a_hundred_events_are_stored_in_one_statement(northlight: Studio, now: dt.datetime) -> None:
    enter(northlight, "c1")
    with CaptureQueriesContext(
        database,
    ) as few:
        receive(body_of(*[event(f"r{n}") for n in range(3)]), now)
    with CaptureQueriesContext(database) as many:
        receive(body_of(*[event(f"s{n}") for n in range(100)]), now)
    assert len(many) == len(few)


def test_a_delivery_is_taken_in_a_few_milliseconds(northlight: Studio, now: dt.datetime) -> None:
    enter(northlight, "c1")
    bodies = [body_of(event(f"r{n}")) for n in range(20)]
    spans = []
    for body in bodies:
        started = time.perf_counter()
        receive(body, now)
        spans.append(time.perf_counter() - started)
    assert sorted(spans)[10] < 0.02


def test_webhooks_count_as_arriving_for_a_week(northlight: Studio, now: dt.datetime) -> None:
    enter(northlight, "c1")
    assert not webhooks.are_arriving(tenant_id=TENANT, now=now)
    receive(body_of(event()), now)
    assert webhooks.are_arriving(tenant_id=TENANT, now=now + dt.timedelta(days=6))
    assert not webhooks.are_arriving(tenant_id=TENANT, now=now + dt.timedelta(days=7))


def test_events_are_forgotten_after_a_month(northlight: Studio, now: dt.datetime) -> None:
    receive(body_of(event()), now)
    assert webhooks.forget_old(now=now + dt.timedelta(days=30)) == 0
    assert webhooks.forget_old(now=now + dt.timedelta(days=32)) == 1


def test_a_disconnected_connection_hears_nothing(northlight: Studio, dan: Actor, now: dt.datetime) -> None:
    enter(northlight, "c1")
    directory.leave(connection_id="c1")
    receive(body_of(event()), now)
    assert drains() == []
