"""Puts every table with users' rows behind policies, signed claims and keys that include the owner."""

from django.db import migrations
from django.db.migrations import RunSQL

from sessions_app.isolation import claim_sql, identity_sql, policy_sql, trigger_sql
from sessions_app.isolation.operations import isolate, lead_key_by_owner, owner_reference, reference

SESSION = "sessions_app_analysissession"
FILE = "sessions_app_storedfile"
RESULT = "sessions_app_analysisresult"
PARENT = "sessions_app_resultparent"
EVENT = "sessions_app_event"
REFRESH = "sessions_app_refreshgrant"
TOKEN = "sessions_app_personaltoken"
WEB_SESSION = "sessions_app_websession"

CONTENT = (SESSION, FILE, RESULT, PARENT, REFRESH, TOKEN)


class Migration(migrations.Migration):
    dependencies = [
        ("sessions_app", "0001_initial"),
        ("admin", "0003_logentry_add_action_flag_choices"),
    ]

    operations = [
        RunSQL(claim_sql.INSTALL, claim_sql.REMOVE),
        # Whose rows: policies, for our own tables and for other packages' tables with a key to the user.
        *(isolate(table) for table in (*CONTENT, WEB_SESSION)),
        isolate(EVENT, policies=policy_sql.usual("owner_id", also="verb <> 'isolation.attempt'")),
        isolate("sessions_app_user", "id"),
        isolate("sessions_app_user_groups", "user_id"),
        isolate("sessions_app_user_user_permissions", "user_id"),
        isolate("django_admin_log", policies=policy_sql.append_only_for_staff("user_id")),
        # Keys that include the owner. Events keep their ids when the object, or the account, is gone.
        *(lead_key_by_owner(table) for table in (*CONTENT, EVENT)),
        *(owner_reference(table) for table in (*CONTENT, WEB_SESSION)),
        reference(FILE, "session_id", SESSION),
        reference(FILE, "result_id", RESULT),
        reference(RESULT, "session_id", SESSION),
        reference(PARENT, "result_id", RESULT),
        reference(PARENT, "parent_id", RESULT),
        # What may be asked before sign-in, and what may never change.
        RunSQL(identity_sql.INSTALL, identity_sql.REMOVE),
        RunSQL(trigger_sql.INSTALL, trigger_sql.REMOVE),
    ]
