"""Opaque ids are short, unlike each other, in order of time, and nothing else passes for one."""

from __future__ import annotations

import re
import time

from django.db import models
from django.db.migrations.writer import MigrationWriter

from bluestamp.engine import identifiers


def test_ids_have_twenty_characters_of_the_alphabet_and_never_come_twice() -> None:
    ids = {identifiers.new_id() for _ in range(5000)}
    assert len(ids) == 5000
    assert all(re.fullmatch(r"[0-9a-v]{20}", each) for each in ids)


def test_an_id_made_later_sorts_behind() -> None:
    earlier = identifiers.new_id()
    time.sleep(0.003)
    assert earlier < identifiers.new_id()


def test_an_address_takes_an_id_and_nothing_longer_shorter_or_upper_case() -> None:
    pattern = re.compile(identifiers.OpaqueIdConverter.regex)
    good = identifiers.new_id()
    assert pattern.fullmatch(good)
    for bad in (good[:-1], good + "0", "W" * 20, "../" + good[3:], good[:-1] + "z"):
        assert not pattern.fullmatch(bad)


def test_the_field_is_a_primary_key_that_fills_itself_and_stays_short_in_migrations() -> None:
    field = identifiers.OpaqueId()
    assert isinstance(field, models.CharField)
    assert (field.primary_key, field.max_length) == (True, 20)
    assert len(field.get_default()) == 20
    assert MigrationWriter.serialize(field)[0] == "bluestamp.engine.identifiers.OpaqueId()"
