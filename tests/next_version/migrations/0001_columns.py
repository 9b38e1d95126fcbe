"""Columns that may be empty: the version that is running doesn't know them."""

from django.db import migrations

SESSION, RESULT = "sessions_app_analysissession", "sessions_app_analysisresult"


class Migration(migrations.Migration):
    dependencies = [("sessions_app", "0002_wall")]

    operations = [
        migrations.RunSQL(
            [f"ALTER TABLE {table} ADD COLUMN next_remark text" for table in (SESSION, RESULT)],
            [f"ALTER TABLE {table} DROP COLUMN next_remark" for table in (SESSION, RESULT)],
        ),
    ]
