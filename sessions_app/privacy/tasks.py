"""What workers and beat do for privacy: write copies and look after them."""

import uuid

from celery import shared_task

from sessions_app.isolation.scope import required_owner
from sessions_app.isolation.tasks import ScopedTask
from sessions_app.privacy import archive, exports


@shared_task(base=ScopedTask, name="sessions_app.write_export", ignore_result=True)
def write_export(export_id: str) -> None:
    archive.write(required_owner(), uuid.UUID(export_id))


@shared_task(name="sessions_app.look_after_exports", ignore_result=True)
def look_after_exports() -> None:
    exports.look_after()
