"""Puts conversations behind the same policies and keys as everything else of a user."""

from django.db import migrations

from sessions_app.isolation.operations import isolate, lead_key_by_owner, owner_reference, reference

CONVERSATION = "assistant_conversation"
TURN = "assistant_turn"
MESSAGE = "assistant_message"
ALL = (CONVERSATION, TURN, MESSAGE)


class Migration(migrations.Migration):
    dependencies = [("assistant", "0001_initial"), ("sessions_app", "0002_wall")]

    operations = [
        *(isolate(table) for table in ALL),
        *(lead_key_by_owner(table) for table in ALL),
        *(owner_reference(table) for table in ALL),
        reference(CONVERSATION, "session_id", "sessions_app_analysissession"),
        reference(TURN, "conversation_id", CONVERSATION),
        reference(MESSAGE, "conversation_id", CONVERSATION),
        reference(MESSAGE, "turn_id", TURN),
    ]
