"""Puts the ledger of language models behind the wall."""

from django.db import migrations

from sessions_app.isolation.operations import isolate, lead_key_by_owner, owner_reference

CALL = "assistant_modelcall"


class Migration(migrations.Migration):
    dependencies = [("assistant", "0003_language_models"), ("sessions_app", "0002_wall")]

    operations = [isolate(CALL), lead_key_by_owner(CALL), owner_reference(CALL)]
