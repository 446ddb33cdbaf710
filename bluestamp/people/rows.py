"""The studio itself, and the base of every row that belongs to one.

In a file of their own because activity and holds are such rows, and the studio's verbs (`studios.py`) write both.
"""

from __future__ import annotations

from django.db import models

from bluestamp.engine.identifiers import OpaqueId


class TwoFactorFor(models.TextChoices):
    """Of whom two-factor authentication is demanded."""

    EVERYBODY = "everybody", "everybody"
    MONEY = "money", "those who see the studio's finances"
    NOBODY = "nobody", "nobody"


class Studio(models.Model):
    """A studio: an entry in the directory, outside the border, for everything else is looked up through it."""

    slug = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=200)
    country = models.CharField(max_length=2)
    base_currency = models.CharField(max_length=3)
    time_zone = models.CharField(max_length=64)
    two_factor_for = models.CharField(max_length=10, choices=TwoFactorFor.choices, default=TwoFactorFor.MONEY)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(two_factor_for__in=TwoFactorFor.values),
                name="people_studio_two_factor_for",
            )
        ]

    def __str__(self) -> str:
        return self.name


class StudioRow(models.Model):
    """A row that belongs to one studio; its table is put behind the border by `tenancy.protect`."""

    id = OpaqueId()
    studio = models.ForeignKey(Studio, on_delete=models.PROTECT, related_name="+")

    class Meta:
        abstract = True
