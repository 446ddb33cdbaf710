"""The environment is read as it is meant, and what it can't mean is refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from bluestamp.engine import environment, keyfiles


def test_a_database_url_becomes_djangos_words() -> None:
    read = environment.database("postgresql://ada:p%40ss@db.example:6432/blue?sslmode=require")
    assert read == {
        "NAME": "blue",
        "USER": "ada",
        "PASSWORD": "p@ss",
        "HOST": "db.example",
        "PORT": "6432",
        "OPTIONS": {"sslmode": "require"},
    }


def test_a_database_url_may_name_a_socket() -> None:
    assert environment.database("postgres://blue@/blue?host=/run/pg")["HOST"] == "/run/pg"


@pytest.mark.parametrize("url", ["mysql://root@localhost/blue", "sqlite:///blue.db", "blue"])
def test_no_other_database_is_taken(url: str) -> None:
    with pytest.raises(environment.NotUnderstood, match="DATABASE_URL"):
        environment.database(url)


def test_a_mail_url_becomes_djangos_words() -> None:
    read = environment.mail("smtp://ada:secret@mail.example", Path("mail"))
    assert (read["EMAIL_HOST"], read["EMAIL_PORT"], read["EMAIL_USE_TLS"]) == ("mail.example", 587, True)
    read = environment.mail("smtp://mail.example?tls=implicit", Path("mail"))
    assert (read["EMAIL_PORT"], read["EMAIL_USE_TLS"], read["EMAIL_USE_SSL"]) == (465, False, True)


@pytest.mark.parametrize(
    "url", ["smtp:///", "http://mail.example", "file", "smtp://mail.example?tls=perhaps"]
)
def test_another_mail_url_is_refused(url: str) -> None:
    with pytest.raises(environment.NotUnderstood, match="EMAIL_URL"):
        environment.mail(url, Path("mail"))


def test_hosts_are_the_public_one_this_machine_and_those_listed() -> None:
    assert environment.hosts("https://blue.example", "a.example, b.example") == [
        *("blue.example", "localhost", "127.0.0.1", "[::1]", "a.example", "b.example"),
    ]


def test_key_files_are_made_once_for_the_owner_alone(tmp_path: Path) -> None:
    keyfiles.make_missing(tmp_path)
    first = {name: keyfiles.read(tmp_path, name) for name in (keyfiles.SECRET_KEY, keyfiles.ENCRYPTION_KEYS)}
    keyfiles.make_missing(tmp_path)
    assert all(first.values())
    assert {name: keyfiles.read(tmp_path, name) for name in first} == first
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "keys").iterdir()} == {0o600}
    keyfiles.replace_encryption_keys(tmp_path, ["new", "old"])
    assert keyfiles.read(tmp_path, keyfiles.ENCRYPTION_KEYS).split() == ["new", "old"]
