"""Puts shared links and feedback behind the wall, and installs the function that opens a link for strangers."""

from django.db import migrations
from django.db.migrations import RunSQL

from sessions_app.isolation import share_sql
from sessions_app.isolation.operations import isolate, lead_key_by_owner, owner_reference, reference

LINK = "assistant_sharedlink"
FEEDBACK = "assistant_feedback"
ALL = (LINK, FEEDBACK)


class Migration(migrations.Migration):
    dependencies = [("assistant", "0008_history"), ("sessions_app", "0002_wall")]

    operations = [
        *(isolate(table) for table in ALL),
        *(lead_key_by_owner(table) for table in ALL),
        *(owner_reference(table) for table in ALL),
        reference(LINK, "conversation_id", "assistant_conversation"),
        reference(FEEDBACK, "turn_id", "assistant_turn"),
        RunSQL(share_sql.INSTALL, share_sql.REMOVE),
    ]
