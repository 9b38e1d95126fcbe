"""An index that is built while others write."""

from django.db import migrations


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("next_version", "0001_columns")]

    operations = [
        migrations.RunSQL(
            "CREATE INDEX CONCURRENTLY next_remarks ON sessions_app_analysissession (owner_id, next_remark)",
            "DROP INDEX next_remarks",
        ),
    ]
