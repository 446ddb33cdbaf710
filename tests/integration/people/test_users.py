"""People sign in by e-mail address, however it is written, and exist once."""

from __future__ import annotations

import threading
from datetime import datetime

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.test import Client

from bluestamp.errors import NotFound
from bluestamp.people import users
from bluestamp.people.users import User
from tests.cast import NOW, PASSWORD


def test_an_address_is_found_however_it_is_written(ben_user: User) -> None:
    assert users.find(" BEN@Northlight.example ") == ben_user
    assert User.objects.get_by_natural_key("Ben@NORTHLIGHT.example") == ben_user
    with pytest.raises(NotFound):
        users.find("nobody@northlight.example")


def test_the_database_itself_keeps_addresses_in_lower_case(ben_user: User) -> None:
    with pytest.raises(IntegrityError, match="people_user_email_lower"), transaction.atomic():
        User.objects.filter(pk=ben_user.pk).update(email="Ben@northlight.example")


def test_a_person_signs_in_with_their_address_in_capitals(client: Client, ben_user: User) -> None:
    client.post("/accounts/login/", {"login": "BEN@NORTHLIGHT.EXAMPLE", "password": PASSWORD})
    assert client.session["_auth_user_id"] == str(ben_user.pk)


def test_a_person_switched_off_does_not_sign_in(client: Client, ben_user: User) -> None:
    User.objects.filter(pk=ben_user.pk).update(is_active=False)
    client.post("/accounts/login/", {"login": ben_user.email, "password": PASSWORD})
    assert "_auth_user_id" not in client.session


def test_a_forgotten_password_is_reset_by_a_letter_of_plain_text(client: Client, ben_user: User) -> None:
    client.post("/accounts/password/reset/", {"email": ben_user.email})
    (letter,) = mail.outbox
    assert letter.to == [ben_user.email]
    assert "/accounts/password/reset/key/" in letter.body


def test_a_stranger_who_forgot_a_password_is_sent_nothing(client: Client, ben_user: User) -> None:
    client.post("/accounts/password/reset/", {"email": "stranger@example.org"})
    assert mail.outbox == []


def test_the_same_address_again_is_the_same_person(ben_user: User, now: datetime) -> None:
    again = users.find_or_create(email="BEN@northlight.example", name="Benjamin", password="new", now=now)
    assert again == ben_user
    assert (again.name, again.check_password(PASSWORD)) == ("Ben", True)


@pytest.mark.django_db(transaction=True)
def test_added_twice_at_once_a_person_exists_once() -> None:
    start = threading.Barrier(2)
    made: list[int] = []

    def add() -> None:
        start.wait()
        try:
            made.append(users.find_or_create(email="eve@example.org", name="Eve", now=NOW).pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=add) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 2
    assert len(set(made)) == 1
