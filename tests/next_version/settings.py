"""The present settings and one app more, whose migrations change tables that people are using."""

from chatmrpt.settings import *  # noqa: F403
from chatmrpt.settings import INSTALLED_APPS as PRESENT

INSTALLED_APPS = [*PRESENT, "tests.next_version"]
