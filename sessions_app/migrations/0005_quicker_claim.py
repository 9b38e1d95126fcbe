"""Verifies claims in fewer steps: every statement of every page waits for it."""

from django.db import migrations
from django.db.migrations import RunSQL

from sessions_app.isolation import claim_sql


class Migration(migrations.Migration):
    dependencies = [("sessions_app", "0004_resumable_uploads_wall")]

    operations = [RunSQL(claim_sql.CURRENT_USER_ID, RunSQL.noop)]
