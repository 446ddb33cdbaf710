"""Two-factor authentication: needed to connect, kept while connected, sealed for its person."""

from __future__ import annotations

import threading
from datetime import datetime

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth
from django.conf import LazySettings
from django.db import connection, transaction
from django.test import Client

from bluestamp.engine import keyfiles, secrets, tenancy
from bluestamp.people import holds, memberships, studios, two_factor
from bluestamp.people.actors import Actor
from bluestamp.people.holds import Held
from bluestamp.people.permissions import Role
from bluestamp.people.rows import Studio, TwoFactorFor
from bluestamp.people.studios import StudioDraft
from bluestamp.people.two_factor import TwoFactorNeeded
from bluestamp.people.users import User
from tests.cast import NOW, PASSWORD, Cast, assemble

CONNECTED = "Two-factor authentication stays on while Northlight Ltd is connected to Xero."
TOTP_OFF = "/accounts/2fa/totp/deactivate/"


def _demand(studio: Studio, of: TwoFactorFor) -> None:
    Studio.objects.filter(pk=studio.pk).update(two_factor_for=of)
    studio.refresh_from_db()


def _connect(studio: Studio, now: datetime = NOW) -> None:
    with tenancy.leaving(), tenancy.acting_in(studio.pk):
        holds.place(
            studio_id=studio.pk,
            kind="studio",
            subject_id=str(studio.pk),
            act="switch_off_two_factor",
            code="XERO_CONNECTED",
            sentence=CONNECTED,
            now=now,
        )


def _authenticator(user: User) -> Authenticator:
    return Authenticator.objects.get(user=user)


def _key(user: User) -> Authenticator:
    return Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data={"name": "Key"})


def test_it_is_on_with_an_authenticator_and_off_without(ada_user: User, ben_user: User) -> None:
    assert two_factor.is_on(ada_user)
    assert not two_factor.is_on(ben_user)


def test_recovery_codes_alone_are_no_second_factor(ben_user: User) -> None:
    Authenticator.objects.create(user=ben_user, type=Authenticator.Type.RECOVERY_CODES, data={"seed": "x"})
    assert not two_factor.is_on(ben_user)
    _key(ben_user)
    assert two_factor.is_on(ben_user)


def test_a_studio_demands_it_of_its_own_people_only(cast: Cast) -> None:
    _demand(cast.northlight, TwoFactorFor.EVERYBODY)
    demanded = {user.name for user in User.objects.all() if two_factor.demanded_of(user, cast.northlight)}
    assert demanded == {"Ada", "Ben", "Cleo", "Abe"}


def test_of_one_who_left_nothing_is_demanded(
    cast: Cast, ada: Actor, in_northlight: None, now: datetime
) -> None:
    cleos = next(each for each in memberships.listed(ada) if each.user == cast.cleo)
    assert two_factor.demanded_of(cast.cleo, cast.northlight)
    memberships.deactivate(cleos.pk, by=ada, now=now)
    assert not two_factor.demanded_of(cast.cleo, cast.northlight)


def test_whoever_becomes_an_owner_is_demanded_it(
    cast: Cast, ada: Actor, in_northlight: None, now: datetime
) -> None:
    bens = next(each for each in memberships.listed(ada) if each.user == cast.ben)
    assert not two_factor.demanded_of(cast.ben, cast.northlight)
    memberships.change_role(bens.pk, Role.OWNER, by=ada, now=now)
    assert two_factor.demanded_of(cast.ben, cast.northlight)


@pytest.mark.parametrize("setting", [TwoFactorFor.EVERYBODY, TwoFactorFor.MONEY])
def test_xero_is_connected_with_it_on(setting: TwoFactorFor, cast: Cast) -> None:
    _demand(cast.northlight, setting)
    two_factor.refuse_connection_without(cast.ada, cast.northlight)


def test_xero_is_not_connected_by_somebody_without_it(cast: Cast) -> None:
    two_factor.forget(cast.ada)
    with pytest.raises(TwoFactorNeeded, match="Switch yours on") as refusal:
        two_factor.refuse_connection_without(cast.ada, cast.northlight)
    assert (refusal.value.setting, refusal.value.code) == ("person", "TWO_FACTOR_NEEDED")


def test_xero_is_not_connected_where_nobody_is_demanded_it(cast: Cast) -> None:
    _demand(cast.northlight, TwoFactorFor.NOBODY)
    with pytest.raises(TwoFactorNeeded, match="in the studio's settings") as refusal:
        two_factor.refuse_connection_without(cast.ada, cast.northlight)
    assert refusal.value.setting == "studio"


def test_what_the_studio_demands_now_decides_not_what_was_read_before(cast: Cast) -> None:
    Studio.objects.filter(pk=cast.northlight.pk).update(two_factor_for=TwoFactorFor.NOBODY)
    assert cast.northlight.two_factor_for == TwoFactorFor.MONEY
    with pytest.raises(TwoFactorNeeded):
        two_factor.refuse_connection_without(cast.ada, cast.northlight)


@pytest.mark.django_db(transaction=True)
def test_switching_it_off_waits_for_a_connection_being_made_and_is_refused_then() -> None:
    cast = assemble()
    outcome: list[str] = []
    off = StudioDraft("Northlight", "GB", "GBP", "Europe/London", TwoFactorFor.NOBODY)

    def switch_off() -> None:
        try:
            with tenancy.acting_in(cast.northlight.pk):
                studios.edit(off, by=cast.acting(cast.ada), now=NOW)
            outcome.append("off")
        except Held as refusal:
            outcome.append(refusal.sentence)
        finally:
            connection.close()

    thread = threading.Thread(target=switch_off)
    with transaction.atomic():
        two_factor.refuse_connection_without(cast.ada, cast.northlight)
        thread.start()
        thread.join(timeout=0.3)
        assert outcome == []
        _connect(cast.northlight)
    thread.join()
    assert outcome == [CONNECTED]


def test_unconnected_an_authenticator_may_be_removed(ada_user: User) -> None:
    two_factor.refuse_removal(_authenticator(ada_user))


def test_connected_the_last_authenticator_stays(cast: Cast) -> None:
    _connect(cast.northlight)
    with pytest.raises(Held) as refusal:
        two_factor.refuse_removal(_authenticator(cast.ada))
    assert refusal.value.sentence == CONNECTED


def test_connected_one_of_two_authenticators_may_be_removed(cast: Cast) -> None:
    _connect(cast.northlight)
    key = _key(cast.ada)
    two_factor.refuse_removal(key)
    two_factor.refuse_removal(Authenticator.objects.exclude(pk=key.pk).get(user=cast.ada))


def test_recovery_codes_are_no_reason_to_let_the_last_authenticator_go(cast: Cast) -> None:
    _connect(cast.northlight)
    authenticator = _authenticator(cast.ada)
    codes = Authenticator.objects.create(
        user=cast.ada, type=Authenticator.Type.RECOVERY_CODES, data={"seed": "x"}
    )
    with pytest.raises(Held):
        two_factor.refuse_removal(authenticator)
    two_factor.refuse_removal(codes)


def test_connected_those_of_whom_it_is_not_demanded_may_remove_theirs(cast: Cast) -> None:
    _connect(cast.northlight)
    two_factor.enrol(cast.ben, now=NOW)
    two_factor.refuse_removal(_authenticator(cast.ben))
    _demand(cast.northlight, TwoFactorFor.EVERYBODY)
    with pytest.raises(Held):
        two_factor.refuse_removal(_authenticator(cast.ben))


def test_a_connection_of_another_studio_holds_nobody_here(cast: Cast) -> None:
    _connect(cast.daybreak)
    two_factor.refuse_removal(_authenticator(cast.ada))
    with pytest.raises(Held):
        two_factor.refuse_removal(_authenticator(cast.dan))


def test_asking_leaves_the_open_studio_open(cast: Cast, in_northlight: None) -> None:
    _connect(cast.daybreak)
    with pytest.raises(Held):
        two_factor.refuse_removal(_authenticator(cast.dan))
    assert tenancy.current() == cast.northlight.pk


def test_a_secret_lies_sealed_and_opens_for_its_person(ben_user: User, now: datetime) -> None:
    secret = two_factor.enrol(ben_user, now=now)
    sealed = _authenticator(ben_user).data["secret"]
    assert secret not in sealed
    assert two_factor.unseal(sealed) == secret


def test_a_secret_moved_to_somebody_else_opens_for_nobody(cast: Cast) -> None:
    mine, theirs = _authenticator(cast.dan), _authenticator(cast.ada)
    theirs.data = dict(mine.data)
    theirs.save()
    with pytest.raises(secrets.Unsealable):
        two_factor.unseal(mine.data["secret"])
    mine.delete()
    with pytest.raises(secrets.Unsealable):
        two_factor.unseal(theirs.data["secret"])


def test_a_new_key_seals_all_secrets_anew_and_the_old_one_may_go(
    cast: Cast, now: datetime, settings: LazySettings
) -> None:
    secret = two_factor.enrol(cast.ben, now=now)
    new, old = keyfiles.new_encryption_key(), *settings.BLUESTAMP_ENCRYPTION_KEYS
    settings.BLUESTAMP_ENCRYPTION_KEYS = [new, old]
    assert two_factor.reseal() == 5
    assert two_factor.reseal() == 0
    settings.BLUESTAMP_ENCRYPTION_KEYS = [new]
    assert two_factor.unseal(_authenticator(cast.ben).data["secret"]) == secret


def test_enrolling_anew_replaces_the_authenticator(ada_user: User, now: datetime) -> None:
    first, second = two_factor.enrol(ada_user, now=now), two_factor.enrol(ada_user, now=now)
    assert first != second
    assert two_factor.unseal(_authenticator(ada_user).data["secret"]) == second


def _signed_in(client: Client, user: User) -> Client:
    """Signed in, and asked for the password once more, as for every page about security."""
    client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    if two_factor.is_on(user):
        client.post("/accounts/2fa/authenticate/", {"code": _code_of(user)})
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert client.session["_auth_user_id"] == str(user.pk)
    return client


def _code_of(user: User) -> str:
    return _code(two_factor.unseal(Authenticator.objects.get(user=user, type="totp").data["secret"]))


def _code(secret: str) -> str:
    """What the person's app shows now."""
    return str(auth.format_hotp_value(auth.hotp_value(secret, next(auth.yield_hotp_counters_from_time()))))


def test_signing_in_asks_for_the_second_factor(client: Client, cast: Cast) -> None:
    answer = client.post("/accounts/login/", {"login": cast.ada.email, "password": PASSWORD})
    assert answer["Location"] == "/accounts/2fa/authenticate/"
    assert "_auth_user_id" not in client.session
    assert client.post("/accounts/2fa/authenticate/", {"code": _code_of(cast.ada)}).status_code == 302
    assert client.session["_auth_user_id"] == str(cast.ada.pk)


def test_the_page_that_switches_it_off_shows_the_reason(client: Client, cast: Cast) -> None:
    _connect(cast.northlight)
    page = _signed_in(client, cast.ada).get(TOTP_OFF)
    assert page.context["form"].non_field_errors() == [CONNECTED]
    assert CONNECTED in page.content.decode()
    client.post(TOTP_OFF)
    assert two_factor.is_on(cast.ada)


def test_the_page_switches_it_off_when_nothing_holds_it(client: Client, cast: Cast) -> None:
    _signed_in(client, cast.ada).post(TOTP_OFF)
    assert not two_factor.is_on(cast.ada)


def test_the_last_security_key_is_kept_by_the_same_rule(client: Client, cast: Cast) -> None:
    _signed_in(client, cast.ada)
    key = _key(cast.ada)
    Authenticator.objects.filter(user=cast.ada, type="totp").delete()
    _connect(cast.northlight)
    page = client.post(f"/accounts/2fa/webauthn/keys/{key.pk}/remove/", follow=True)
    assert CONNECTED in [str(message) for message in page.context["messages"]]
    assert two_factor.is_on(cast.ada)


def test_a_person_enrols_in_the_browser_and_the_secret_lies_sealed(client: Client, cast: Cast) -> None:
    page = _signed_in(client, cast.ben).get("/accounts/2fa/totp/activate/")
    assert "issuer=Bluestamp" in page.context["totp_url"]
    secret = page.context["form"].secret
    client.post("/accounts/2fa/totp/activate/", {"code": _code(secret)})
    assert two_factor.is_on(cast.ben)
    rows = {row.type: row.data for row in Authenticator.objects.filter(user=cast.ben)}
    assert two_factor.unseal(rows["totp"]["secret"]) == secret
    assert two_factor.unseal(rows["recovery_codes"]["seed"])


def test_nobody_signs_up(client: Client, cast: Cast) -> None:
    words = {"email": "eve@example.org", "password1": PASSWORD, "password2": PASSWORD}
    client.post("/accounts/signup/", words)
    assert not User.objects.filter(email="eve@example.org").exists()
