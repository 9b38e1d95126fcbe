"""Data sets that staff keep for everybody."""

from __future__ import annotations

from django.db import models

from sessions_app.isolation.owned import READ, Rights
from sessions_app.isolation.shared import SharedModel


class ReferenceSet(SharedModel):
    """One version of a data set: boundaries, a population table or a raster.

    Nothing of it changes once it is loaded, so that a result that names it can be computed again; a newer load under
    the same name is the next version. A withdrawn one is offered to nobody and stays for the results that used it.
    """

    kind = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    version = models.PositiveIntegerField()
    year = models.CharField(max_length=20)
    licence = models.CharField(max_length=200)
    source = models.CharField(max_length=300)
    file_name = models.CharField(max_length=255)
    size_bytes = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    storage_key = models.CharField(max_length=255, unique=True)
    # What the file holds: of boundaries the states, of a population its columns, of a raster its variable,
    # coordinate system, unit, no-data value, valid range and rule in time.
    facts = models.JSONField(default=dict)
    loaded_at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    rights = Rights(web=READ, staff="INSERT, SELECT, UPDATE (withdrawn_at)", system=READ)

    class Meta:
        ordering = ["kind", "name", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "name", "version"], name="reference_version_once"),
            models.CheckConstraint(condition=models.Q(size_bytes__gt=0), name="reference_not_empty"),
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.year}, version {self.version}"

    def cited(self) -> dict[str, str | int]:
        """What stands beside every value that was made from it."""
        return {
            "reference": str(self.pk),
            "name": self.name,
            "version": self.version,
            "year": self.year,
            "source": self.source,
            "licence": self.licence,
            "sha256": self.sha256,
        }
