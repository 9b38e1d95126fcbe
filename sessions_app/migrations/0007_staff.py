"""What staff do and see: failed results that run again, parts of the ledgers with pages of their own."""

from django.db import migrations, models
from django.db.migrations import RunSQL

from sessions_app.isolation import trigger_sql

GUARD_RESULT = trigger_sql.GUARD_RESULT.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


class Migration(migrations.Migration):
    dependencies = [("sessions_app", "0006_user_language")]

    operations = [
        migrations.AddField(
            model_name="analysisresult",
            name="attempts_before",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AlterModelOptions(
            name="event",
            options={
                "ordering": ["-at", "id"],
                "permissions": [("export_event", "Can export events for a study")],
            },
        ),
        migrations.CreateModel(
            name="IsolationAttempt",
            fields=[],
            options={
                "verbose_name": "isolation attempt",
                "verbose_name_plural": "isolation attempts",
                "proxy": True,
                "indexes": [],
                "constraints": [],
            },
            bases=("sessions_app.event",),
        ),
        migrations.CreateModel(
            name="WaitingResult",
            fields=[],
            options={
                "verbose_name": "waiting result",
                "verbose_name_plural": "queue",
                "proxy": True,
                "indexes": [],
                "constraints": [],
            },
            bases=("sessions_app.analysisresult",),
        ),
        # The version that is running has no staff who change a result: for its roles the rule is as before.
        RunSQL(GUARD_RESULT, RunSQL.noop),
    ]
