"""The open event streams, for an ASGI server: `/stream/` and nothing else. Pages and API are `chatmrpt.wsgi`."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatmrpt.settings")

from assistant.streams.serve import Streams
from chatmrpt.environment import refuse_headless

refuse_headless("the stream server")
# Django is not set up here: no models, no database.
application = Streams()
