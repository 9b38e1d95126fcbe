"""Puts uploads in parts behind the same policies and keys as everything else of a user."""

from django.db import migrations

from sessions_app.isolation.operations import isolate, lead_key_by_owner, owner_reference, reference

UPLOAD = "sessions_app_resumableupload"
PART = "sessions_app_uploadpart"
ALL = (UPLOAD, PART)


class Migration(migrations.Migration):
    dependencies = [("sessions_app", "0003_resumable_uploads")]

    operations = [
        *(isolate(table) for table in ALL),
        *(lead_key_by_owner(table) for table in ALL),
        *(owner_reference(table) for table in ALL),
        reference(UPLOAD, "session_id", "sessions_app_analysissession"),
        reference(UPLOAD, "file_id", "sessions_app_storedfile"),
        reference(PART, "upload_id", UPLOAD),
    ]
