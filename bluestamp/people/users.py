"""People who sign in: by e-mail address, without a username. Nobody signs up; a studio's owner adds them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import models, transaction
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac

from bluestamp.errors import Invalid, NotFound


class People(BaseUserManager["User"]):
    """All users. What Django's own commands and test clients call to make and find one."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Make a user; without a password they can sign in only by a link or after setting one."""
        user = self.model(email=normal_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        """Find by e-mail address, however it is written."""
        return self.get(email=normal_email(username or ""))


class User(AbstractBaseUser):
    """Somebody who may sign in. What they may see or do is said by their memberships."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField()
    #: how often they were signed out everywhere; part of what every session of theirs is checked against
    sign_outs = models.PositiveIntegerField(default=0)

    objects = People()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="people_user_email_lower")
        ]

    def __str__(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        """What a page calls them."""
        return self.name.split(" ")[0]

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What a session must carry to count: it ends with another password, as in Django, and with a sign-out."""
        words = f"{self.password}:{self.sign_outs}"
        return salted_hmac("bluestamp.session", words, secret=secret, algorithm="sha256").hexdigest()


def sign_out_everywhere(user: User) -> None:
    """End every session of this person, on all machines, at their next request."""
    User.objects.filter(pk=user.pk).update(sign_outs=models.F("sign_outs") + 1)
    user.refresh_from_db(fields=["sign_outs"])


def normal_email(email: str) -> str:
    """The one way an address is stored and compared."""
    return email.strip().lower()


def find(email: str) -> User:
    """The user with this address. Raises NotFound."""
    try:
        return User.objects.get(email=normal_email(email))
    except User.DoesNotExist:
        raise NotFound(f"Nobody here has the address {normal_email(email)}.") from None


def find_or_create(*, email: str, name: str, password: str | None = None, now: datetime) -> User:
    """The user with this address, made when missing; one who exists keeps their own name and password.

    Refuses an address that is none, and a missing name for somebody new (Invalid).
    """
    address = checked_email(email)
    fresh = {"name": name.strip(), "password": make_password(password), "joined_at": now}
    with transaction.atomic():
        user, is_new = User.objects.get_or_create(email=address, defaults=fresh)
        if not is_new:
            return user
        if not user.name:
            raise Invalid("Say the person's name.", field="name")
        _vouch_for(user)
    return user


def _vouch_for(user: User) -> None:
    """Count the address as verified: an owner gave it, and without that allauth lets nobody add an authenticator."""
    # Imported here: allauth's models need the user model while they load, and this file defines it.
    from allauth.account.models import EmailAddress

    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)


def checked_email(email: str) -> str:
    """The address as it is stored, or Invalid at "email"."""
    address = normal_email(email)
    try:
        validate_email(address)
    except ValidationError:
        raise Invalid(f"“{email}” is no e-mail address.", field="email") from None
    return address
