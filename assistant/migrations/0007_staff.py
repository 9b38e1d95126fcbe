"""What staff do and see of conversations: a right of its own for what was said, and days counted from an index."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

from sessions_app.moments import Moment


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("assistant", "0006_arena_wall")]

    operations = [
        migrations.AlterModelOptions(
            name="conversation",
            options={
                "ordering": ["-updated_at", "id"],
                "permissions": [("read_conversation", "Can read what was said, for a stated reason")],
            },
        ),
        AddIndexConcurrently(
            "conversation", models.Index(Moment("created_at").desc(), name="conversation_newest")
        ),
        AddIndexConcurrently("turn", models.Index(Moment("created_at").desc(), name="turn_newest")),
    ]
