"""Rows are filled a few at a time, in a migration that changes no table."""

from django.db import migrations

FEW = 200
FILL = """
UPDATE sessions_app_analysissession SET next_remark = 'filled'
WHERE (owner_id, id) IN (SELECT owner_id, id FROM sessions_app_analysissession WHERE next_remark IS NULL LIMIT %s)
"""


def fill(apps, editor):
    with editor.connection.cursor() as cursor:
        changed = FEW
        while changed == FEW:
            cursor.execute(FILL, [FEW])
            changed = cursor.rowcount


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("next_version", "0002_index")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
