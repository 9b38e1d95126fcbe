"""What the analysis remembers of a user's corrections, to offer it with the next file, and logins to other systems."""

from __future__ import annotations

from django.db import models

from sessions_app.isolation.owned import OwnedModel, reference


class RememberedName(OwnedModel):
    """A name of a ward that its user confirmed: whatever is called `name` in `lga` is that ward.

    `key` is the hash of name and LGA in comparable form, so that a name is remembered once.
    """

    key = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    lga = models.CharField(max_length=200, blank=True)
    ward_code = models.CharField(max_length=200)
    ward_name = models.CharField(max_length=200)
    ward_lga = models.CharField(max_length=200, blank=True)
    confirmed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-confirmed_at", "id"]
        constraints = [models.UniqueConstraint(fields=["owner", "key"], name="remembered_name_once")]
        indexes = [models.Index(fields=["owner", "-confirmed_at"], name="remembered_name_newest")]

    def __str__(self) -> str:
        return self.name


class RememberedColumns(OwnedModel):
    """Which column is what in facility exports of one layout, where a person corrected it.

    `layout` is the hash of the column names, in any order.
    """

    layout = models.CharField(max_length=64)
    file_name = models.CharField(max_length=255)
    mapping = models.JSONField(default=dict)
    confirmed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-confirmed_at", "id"]
        constraints = [models.UniqueConstraint(fields=["owner", "layout"], name="remembered_columns_once")]
        indexes = [models.Index(fields=["owner", "-confirmed_at"], name="remembered_columns_newest")]

    def __str__(self) -> str:
        return self.file_name


class Dhis2Login(OwnedModel):
    """How a user signs in to a DHIS2, for as long as an import takes: sealed, and gone when it ends or expires."""

    session = reference("sessions_app.AnalysisSession", related_name="dhis2_logins")
    address = models.CharField(max_length=500)
    sealed = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at", "id"]
        indexes = [
            models.Index(fields=["owner", "session", "-created_at"], name="dhis2_login_newest"),
            models.Index(fields=["expires_at"], name="dhis2_login_expiry"),
        ]

    def __str__(self) -> str:
        return self.address
