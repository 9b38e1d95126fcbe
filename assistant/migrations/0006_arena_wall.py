"""Puts battles, answers, rounds and votes behind the wall, and the ranking behind a policy that only maintenance writes by."""

from django.db import migrations

from sessions_app.isolation.operations import (
    isolate,
    lead_key_by_owner,
    owner_reference,
    reference,
    share_computed,
)

BATTLE = "assistant_battle"
ENTRY = "assistant_entry"
ROUND = "assistant_round"
VOTE = "assistant_vote"
ALL = (BATTLE, ENTRY, ROUND, VOTE)


class Migration(migrations.Migration):
    dependencies = [("assistant", "0005_arena"), ("sessions_app", "0002_wall")]

    operations = [
        *(isolate(table) for table in ALL),
        *(lead_key_by_owner(table) for table in ALL),
        *(owner_reference(table) for table in ALL),
        reference(BATTLE, "session_id", "sessions_app_analysissession"),
        reference(BATTLE, "conversation_id", "assistant_conversation"),
        reference(ENTRY, "battle_id", BATTLE),
        reference(ROUND, "battle_id", BATTLE),
        reference(ROUND, "side_a_id", ENTRY),
        reference(ROUND, "side_b_id", ENTRY),
        reference(VOTE, "round_id", ROUND),
        share_computed("assistant_standing"),
    ]
