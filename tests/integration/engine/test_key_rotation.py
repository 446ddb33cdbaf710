"""Changing the encryption key leaves every secret readable and the old key gone."""

from __future__ import annotations

from pathlib import Path

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection, models
from django.test.utils import isolate_apps
from django.utils import timezone
from pytest_django import Settings

from bluestamp import key_rotation, startup
from bluestamp.engine import keyfiles, locks, secrets
from bluestamp.people import two_factor
from bluestamp.people.users import User

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _keys(settings: Settings, data_dir: Path) -> None:
    keyfiles.make_missing(data_dir)
    settings.BLUESTAMP_ENCRYPTION_KEYS = [keyfiles.read(data_dir, keyfiles.ENCRYPTION_KEYS)]


def test_secrets_open_after_the_rotation_and_the_old_key_opens_nothing(
    settings: Settings, data_dir: Path
) -> None:
    ada = User.objects.create(email="ada@example.com", name="Ada", joined_at=timezone.now())
    secret = two_factor.enrol(ada, now=timezone.now())
    [old] = settings.BLUESTAMP_ENCRYPTION_KEYS

    assert key_rotation.rotate().startswith("1 secrets sealed by a new key")

    [new] = keyfiles.read(data_dir, keyfiles.ENCRYPTION_KEYS).split()
    assert new != old
    sealed = Authenticator.objects.get().data["secret"]
    settings.BLUESTAMP_ENCRYPTION_KEYS = [new]
    assert two_factor.unseal(sealed) == secret
    settings.BLUESTAMP_ENCRYPTION_KEYS = [old]
    with pytest.raises(secrets.Unsealable):
        two_factor.unseal(sealed)


def test_a_rotation_that_was_killed_half_way_is_finished_by_the_next(
    settings: Settings, data_dir: Path
) -> None:
    [old] = settings.BLUESTAMP_ENCRYPTION_KEYS
    new = keyfiles.new_encryption_key()
    keyfiles.replace_encryption_keys(data_dir, [new, old])
    settings.BLUESTAMP_ENCRYPTION_KEYS = [new, old]
    key_rotation.rotate()
    assert keyfiles.read(data_dir, keyfiles.ENCRYPTION_KEYS).split() == [new]


def test_nothing_is_rotated_under_a_running_bluestamp(data_dir: Path) -> None:
    before = keyfiles.read(data_dir, keyfiles.ENCRYPTION_KEYS)
    with locks.exclusive(data_dir / "serve.lock"), pytest.raises(startup.NotReady, match="running"):
        key_rotation.rotate()
    assert keyfiles.read(data_dir, keyfiles.ENCRYPTION_KEYS) == before


@isolate_apps("bluestamp.engine")
def test_columns_of_sealed_text_are_sealed_anew_for_what_each_row_is_bound_to(settings: Settings) -> None:
    class Grant(models.Model):
        token = secrets.SealedText(bound_to="grant:{id}")
        spare = secrets.SealedText(bound_to="grant:{id}:spare", blank=True)

        class Meta:
            app_label = "engine"

    with connection.schema_editor() as editor:
        editor.create_model(Grant)
    [old] = settings.BLUESTAMP_ENCRYPTION_KEYS
    for number in (1, 2):
        Grant.objects.create(id=number, token=secrets.seal(f"token {number}", bound_to=f"grant:{number}"))
    settings.BLUESTAMP_ENCRYPTION_KEYS = [keyfiles.new_encryption_key(), old]
    assert secrets.reseal_columns([Grant]) == 2
    assert secrets.reseal_columns([Grant]) == 0
    settings.BLUESTAMP_ENCRYPTION_KEYS = settings.BLUESTAMP_ENCRYPTION_KEYS[:1]
    opened = [
        secrets.unseal(grant.token, bound_to=f"grant:{grant.id}") for grant in Grant.objects.order_by("id")
    ]
    assert opened == ["token 1", "token 2"]
