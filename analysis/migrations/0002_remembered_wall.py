"""Puts remembered corrections behind the same policies and keys as everything else of a user."""

from django.db import migrations

from sessions_app.isolation.operations import isolate, lead_key_by_owner, owner_reference

ALL = ("analysis_rememberedname", "analysis_rememberedcolumns")


class Migration(migrations.Migration):
    dependencies = [("analysis", "0001_remembered"), ("sessions_app", "0002_wall")]

    operations = [
        *(isolate(table) for table in ALL),
        *(lead_key_by_owner(table) for table in ALL),
        *(owner_reference(table) for table in ALL),
    ]
