"""The commands of the image, run as a container runs them."""

import subprocess
from pathlib import Path

from chatmrpt.stack.processes import wait_for

START = Path(__file__).resolve().parents[2] / "docker" / "start"


def ran(environment: dict[str, str], *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [START, *command], env=environment, capture_output=True, text=True, check=False, timeout=120
    )


def becomes_healthy(environment: dict[str, str], *program: str) -> bool:
    return wait_for(lambda: ran(environment, "healthy", *program).returncode == 0, seconds=60, pause=1.5)
