"""Run a fresh interpreter and learn what it cost."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Cost:
    """Seconds on the clock, seconds of CPU, peak memory [MB] and standard output of one process."""

    wall: float
    cpu: float
    peak_mb: float
    output: str


def run(arguments: list[str], folder: Path) -> Cost:
    """Run Python with these arguments to its end; raise if it fails."""
    out, err = folder / "stdout", folder / "stderr"
    opened = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    actions = [
        (os.POSIX_SPAWN_OPEN, 1, str(out), opened, 0o600),
        (os.POSIX_SPAWN_OPEN, 2, str(err), opened, 0o600),
    ]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    started = time.perf_counter()
    process = os.posix_spawn(sys.executable, [sys.executable, *arguments], environment, file_actions=actions)
    _, status, used = os.wait4(process, 0)
    wall = time.perf_counter() - started
    if status:
        raise RuntimeError(f"{arguments} ended with status {status}:\n{err.read_text()[-2000:]}")
    # Linux counts in kilobytes, macOS in bytes.
    unit = 1e6 if sys.platform == "darwin" else 1e3
    return Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / unit, out.read_text())
