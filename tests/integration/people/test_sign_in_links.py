"""A sign-in link works once, for ten minutes, on the machine where it was made."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from django.db import connection

from bluestamp.people import sign_in_links
from bluestamp.people.sign_in_links import PATH, LinkRefused, SignInLink
from bluestamp.people.users import User
from tests.cast import NOW, assemble

HERE = "127.0.0.1"


def _secret(user: User, now: datetime) -> str:
    path = sign_in_links.make(user, now)
    assert path.startswith(PATH)
    return path.removeprefix(PATH).removesuffix("/")


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"])
def test_a_link_signs_its_person_in_on_this_machine(address: str, ada_user: User, now: datetime) -> None:
    assert sign_in_links.redeem(_secret(ada_user, now), address, now) == ada_user


@pytest.mark.parametrize(
    "address", ["192.168.1.4", "10.0.0.1", "::ffff:10.0.0.1", "2001:db8::1", "", "localhost"]
)
def test_a_link_works_on_no_other_machine_and_is_not_used_up_there(
    address: str, ada_user: User, now: datetime
) -> None:
    secret = _secret(ada_user, now)
    with pytest.raises(LinkRefused):
        sign_in_links.redeem(secret, address, now)
    assert sign_in_links.redeem(secret, HERE, now) == ada_user


def test_a_link_works_once(ada_user: User, now: datetime) -> None:
    secret = _secret(ada_user, now)
    sign_in_links.redeem(secret, HERE, now)
    with pytest.raises(LinkRefused, match="works once, for ten minutes"):
        sign_in_links.redeem(secret, HERE, now)


@pytest.mark.parametrize(
    ("age", "works"), [(timedelta(minutes=9, seconds=59), True), (timedelta(minutes=10), False)]
)
def test_a_link_works_for_ten_minutes(age: timedelta, works: bool, ada_user: User, now: datetime) -> None:
    secret = _secret(ada_user, now)
    if works:
        assert sign_in_links.redeem(secret, HERE, now + age) == ada_user
        return
    with pytest.raises(LinkRefused):
        sign_in_links.redeem(secret, HERE, now + age)


@pytest.mark.parametrize("secret", ["", "x", "A" * 43])
def test_a_link_that_was_never_made_is_refused(secret: str, ada_user: User, now: datetime) -> None:
    _secret(ada_user, now)
    with pytest.raises(LinkRefused):
        sign_in_links.redeem(secret, HERE, now)


def test_a_link_of_somebody_switched_off_is_refused(ada_user: User, now: datetime) -> None:
    secret = _secret(ada_user, now)
    User.objects.filter(pk=ada_user.pk).update(is_active=False)
    with pytest.raises(LinkRefused):
        sign_in_links.redeem(secret, HERE, now)


def test_only_the_hash_of_a_link_is_kept(ada_user: User, now: datetime) -> None:
    secret = _secret(ada_user, now)
    (link,) = SignInLink.objects.all()
    assert secret not in {str(value) for value in vars(link).values()}
    with pytest.raises(LinkRefused):
        sign_in_links.redeem(link.hash, HERE, now)


def test_links_that_ran_out_are_forgotten(ada_user: User, now: datetime) -> None:
    _secret(ada_user, now)
    _secret(ada_user, now + timedelta(minutes=11))
    assert SignInLink.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_who_open_a_link_at_once_one_gets_in() -> None:
    ada = assemble().ada
    for _ in range(5):
        assert sorted(_open_twice_at_once(_secret(ada, NOW))) == ["Ada", "refused"]


def _open_twice_at_once(secret: str) -> list[str]:
    outcomes: list[str] = []
    start = threading.Barrier(2)

    def open_it() -> None:
        start.wait()
        try:
            outcomes.append(sign_in_links.redeem(secret, HERE, NOW).name)
        except LinkRefused:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=open_it) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes
