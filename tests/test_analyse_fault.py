"""`manage.py analyse` when something breaks that no input is to blame for."""

import json
import os
import resource
import subprocess
import sys

import pytest

from analysis.tests.test_analyse_command import MANAGE, last_json, state
from analysis.tests.test_analyse_contract import TWO, arguments

__all__ = ["state"]


def test_a_fault_ends_with_status_1_and_no_output_folder(state, tmp_path):
    """No file may grow beyond a few hundred bytes: as on a full disk, a thing no input is to blame for."""
    done = subprocess.run(
        [sys.executable, MANAGE, "analyse", *map(str, arguments(state, tmp_path / "out", "--variables", TWO))],
        capture_output=True, text=True, timeout=120, check=False,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (300, 300)),
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    with pytest.raises(json.JSONDecodeError):
        last_json(done.stderr)
    assert list(tmp_path.iterdir()) == []
