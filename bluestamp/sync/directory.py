"""The directory: which studios are connected to an organisation in Xero.

It stands outside the border between studios, for a webhook brings only Xero's tenant id. It holds ids and nothing else.
"""

from __future__ import annotations

from django.db import models

from bluestamp.people.studios import Studio


class TenantEntry(models.Model):
    """A studio's connection to an organisation: once in a studio, though several studios may have the same one."""

    tenant_id = models.CharField(max_length=36)
    studio = models.ForeignKey(Studio, on_delete=models.CASCADE, related_name="+")
    connection_id = models.CharField(max_length=20, unique=True)
    #: Xero's id of the tie between app, user and organisation; two studios of one Xero user share it
    xero_connection_id = models.CharField(max_length=36)

    class Meta:
        verbose_name_plural = "tenant entries"
        constraints = [
            models.UniqueConstraint(fields=["studio", "tenant_id"], name="tenant_once_in_a_studio")
        ]
        indexes = [models.Index(fields=["tenant_id"], name="tenant_of_webhook")]


def enter(*, studio_id: int, tenant_id: str, connection_id: str, xero_connection_id: str) -> None:
    """Write down that this connection hears from this organisation; anew after a reconnection."""
    TenantEntry.objects.update_or_create(
        studio_id=studio_id,
        tenant_id=tenant_id,
        defaults={"connection_id": connection_id, "xero_connection_id": xero_connection_id},
    )


def leave(*, connection_id: str) -> None:
    """Forget the connection: it was disconnected here."""
    TenantEntry.objects.filter(connection_id=connection_id).delete()


def is_used(*, xero_connection_id: str) -> bool:
    """Tell whether any studio here still uses this id of Xero's: deleting it there would cut that one off too."""
    return TenantEntry.objects.filter(xero_connection_id=xero_connection_id).exists()
