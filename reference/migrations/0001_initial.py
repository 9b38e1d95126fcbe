"""Data sets for everybody, behind policies of their own: users read, staff fill."""

import uuid

from django.db import migrations, models

from sessions_app.isolation.operations import share


class Migration(migrations.Migration):
    initial = True

    dependencies = [("sessions_app", "0002_wall")]

    operations = [
        migrations.CreateModel(
            name="ReferenceSet",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("kind", models.CharField(max_length=40)),
                ("name", models.CharField(max_length=120)),
                ("version", models.PositiveIntegerField()),
                ("year", models.CharField(max_length=20)),
                ("licence", models.CharField(max_length=200)),
                ("source", models.CharField(max_length=300)),
                ("file_name", models.CharField(max_length=255)),
                ("size_bytes", models.BigIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                ("storage_key", models.CharField(max_length=255, unique=True)),
                ("facts", models.JSONField(default=dict)),
                ("loaded_at", models.DateTimeField(auto_now_add=True)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["kind", "name", "-version"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("kind", "name", "version"), name="reference_version_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("size_bytes__gt", 0)), name="reference_not_empty"
                    ),
                ],
            },
        ),
        share("reference_referenceset"),
    ]
