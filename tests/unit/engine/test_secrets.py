"""A sealed secret opens with its key, for what it was sealed for, and in no other way."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from bluestamp.engine import keyfiles, secrets

OLD, NEW = keyfiles.new_encryption_key(), keyfiles.new_encryption_key()


@pytest.fixture(autouse=True)
def _old_key(settings: Settings) -> None:
    settings.BLUESTAMP_ENCRYPTION_KEYS = [OLD]


def test_it_comes_back_as_it_was_and_never_looks_the_same_twice() -> None:
    sealed = secrets.seal("réfresh-token", bound_to="grant:1")
    assert secrets.unseal(sealed, bound_to="grant:1") == "réfresh-token"
    assert "refresh" not in sealed
    assert sealed != secrets.seal("réfresh-token", bound_to="grant:1")


def test_moved_to_another_row_it_does_not_open() -> None:
    with pytest.raises(secrets.Unsealable, match="grant:2"):
        secrets.unseal(secrets.seal("token", bound_to="grant:1"), bound_to="grant:2")


def test_the_wrong_key_is_an_error_and_never_the_sealed_text(settings: Settings) -> None:
    sealed = secrets.seal("token", bound_to="grant:1")
    settings.BLUESTAMP_ENCRYPTION_KEYS = [NEW]
    with pytest.raises(secrets.Unsealable, match="not among"):
        secrets.unseal(sealed, bound_to="grant:1")


@pytest.mark.parametrize(
    "broken", ["", "token", "x.y", "{id}.", "{id}.!!", "{id}.AAAA", "{sealed}A", "{sealed}="]
)
def test_what_was_tampered_with_or_never_sealed_is_an_error(broken: str) -> None:
    sealed = secrets.seal("token", bound_to="grant:1")
    text = broken.format(id=sealed.partition(".")[0], sealed=sealed[:-4])
    with pytest.raises(secrets.Unsealable):
        secrets.unseal(text, bound_to="grant:1")


def test_a_new_key_in_front_seals_while_the_old_one_still_opens(settings: Settings) -> None:
    before = secrets.seal("token", bound_to="grant:1")
    settings.BLUESTAMP_ENCRYPTION_KEYS = [NEW, OLD]
    assert secrets.unseal(before, bound_to="grant:1") == "token"
    assert secrets.needs_resealing(before)
    after = secrets.reseal(before, bound_to="grant:1")
    assert not secrets.needs_resealing(after)
    settings.BLUESTAMP_ENCRYPTION_KEYS = [NEW]
    assert secrets.unseal(after, bound_to="grant:1") == "token"


@pytest.mark.parametrize("keys", [[], ["short"], ["%%%"], ["AAAA"]])
def test_a_missing_or_malformed_key_stops_everything(settings: Settings, keys: list[str]) -> None:
    settings.BLUESTAMP_ENCRYPTION_KEYS = keys
    with pytest.raises(ImproperlyConfigured):
        secrets.seal("token", bound_to="grant:1")


def test_a_column_tells_migrations_what_it_is_bound_to() -> None:
    *_ignored, options = secrets.SealedText(bound_to="grant:{id}", blank=True).deconstruct()
    assert options == {"bound_to": "grant:{id}", "blank": True}
