"""Puts sign-ins through providers and copies of one's data behind the wall; installs their functions and rules."""

from django.db import migrations
from django.db.migrations import RunSQL

from sessions_app.isolation import account_sql
from sessions_app.isolation.operations import isolate, lead_key_by_owner, owner_reference

ALL = ("sessions_app_linkedsignin", "sessions_app_dataexport")


class Migration(migrations.Migration):
    dependencies = [("sessions_app", "0010_accounts")]

    operations = [
        *(isolate(table) for table in ALL),
        *(lead_key_by_owner(table) for table in ALL),
        *(owner_reference(table) for table in ALL),
        RunSQL(account_sql.INSTALL, account_sql.REMOVE),
    ]
