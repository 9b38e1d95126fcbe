"""The event streams as the supervisor serves them: each process dies with the server that made it."""

import signal

from chatmrpt.stack.processes import arm_death_signal

# granian loads this in each of its processes.
arm_death_signal(signal.SIGKILL)

from chatmrpt.asgi import application  # noqa: E402

__all__ = ["application"]
