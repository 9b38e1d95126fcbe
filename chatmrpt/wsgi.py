"""The web application that a WSGI server loads."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatmrpt.settings")

from chatmrpt.environment import refuse_headless
from sessions_app.isolation.tempfolders import remove_left_folders

refuse_headless("the web server")
application = get_wsgi_application()
remove_left_folders(older_than=2 * settings.TASK_HARD_LIMIT)

if settings.TRACES_URL:
    from chatmrpt.tracing import start

    start("web")
