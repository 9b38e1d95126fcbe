"""Puts logins to DHIS2 servers behind the same policies and keys as everything else of a user."""

from django.db import migrations

from sessions_app.isolation.operations import isolate, lead_key_by_owner, owner_reference, reference

LOGIN = "analysis_dhis2login"


class Migration(migrations.Migration):
    dependencies = [("analysis", "0003_dhis2_login")]

    operations = [
        isolate(LOGIN),
        lead_key_by_owner(LOGIN),
        owner_reference(LOGIN),
        reference(LOGIN, "session_id", "sessions_app_analysissession"),
    ]
