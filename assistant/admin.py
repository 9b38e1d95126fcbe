"""Where Django looks for the assistant's part of the staff site."""

from assistant.staff import battles, conversations  # noqa: F401
