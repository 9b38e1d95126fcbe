"""Lists of all users' rows, newest first, for staff: each from an index. Built beside a running version."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models.functions import Cast

from sessions_app.moments import Moment


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("sessions_app", "0007_staff")]

    operations = [
        AddIndexConcurrently("user", models.Index(fields=["-date_joined"], name="user_newest")),
        AddIndexConcurrently(
            "analysissession", models.Index(Moment("updated_at").desc(), name="session_newest")
        ),
        AddIndexConcurrently(
            "storedfile",
            models.Index(Moment("created_at").desc(), include=("size_bytes",), name="file_newest"),
        ),
        AddIndexConcurrently(
            "analysisresult", models.Index(Moment("created_at").desc(), name="result_newest")
        ),
        AddIndexConcurrently("event", models.Index(Moment("at").desc(), name="event_newest")),
        AddIndexConcurrently(
            "event", models.Index(Cast("object_id", models.TextField()), name="event_object")
        ),
    ]
