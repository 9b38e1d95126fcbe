"""Where Django looks for what stands on the staff site: each page has a module of its own in `staff/`."""

from sessions_app.staff import events, results, tokens, users, work  # noqa: F401
from sessions_app.staff.site import site

__all__ = ["site"]
