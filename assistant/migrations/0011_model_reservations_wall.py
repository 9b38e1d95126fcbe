"""Puts the tokens that are set aside for answers of language models behind the wall."""

from django.db import migrations

from sessions_app.isolation.operations import isolate, lead_key_by_owner, owner_reference

RESERVATION = "assistant_modelreservation"


class Migration(migrations.Migration):
    dependencies = [("assistant", "0010_model_reservations"), ("sessions_app", "0002_wall")]

    operations = [isolate(RESERVATION), lead_key_by_owner(RESERVATION), owner_reference(RESERVATION)]
