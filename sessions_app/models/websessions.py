from __future__ import annotations

from django.conf import settings
from django.db import models

from sessions_app.isolation.owned import ALL, Rights


class WebSession(models.Model):
    """A browser's sign-in session. Keyed by the SHA-256 of the cookie, so a stolen row opens nothing.

    A row without an owner belongs to a browser that has not signed in; the web role reaches it only through the
    functions in ``isolation/identity_sql.py``.
    """

    key_hash = models.CharField(max_length=64, primary_key=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
        null=True,
        blank=True,
    )
    session_data = models.TextField()
    expire_date = models.DateTimeField()

    # Staff may end a sign-in; what they can read of it opens nothing.
    rights = Rights(web=ALL, staff="DELETE, SELECT", system="DELETE, SELECT")

    class Meta:
        indexes = [
            models.Index(fields=["owner", "expire_date"], name="web_session_owner"),
            models.Index(fields=["expire_date"], name="web_session_expiry"),
        ]

    def __str__(self) -> str:
        return f"browser session until {self.expire_date:%Y-%m-%d}"
