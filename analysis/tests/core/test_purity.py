"""The core is pure, and the examples in its docstrings are true."""

import doctest
import importlib
import subprocess  # noqa: TID251 - only a fresh interpreter shows what an import brings along
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]
CORE = REPOSITORY / "analysis" / "core"
MODULES = sorted(
    ".".join(path.relative_to(REPOSITORY).with_suffix("").parts)
    for path in CORE.rglob("*.py")
    if path.stem != "__init__"
)
FORBIDDEN = {"django", "rest_framework", "celery", "redis", "psycopg", "sessions_app", "chatmrpt"}
# Each module in turn; a line for every module that brings in what is forbidden.
PROGRAM = """
import importlib, sys
forbidden = set(sys.argv[1].split(","))
for module in sys.argv[2:]:
    importlib.import_module(module)
    found = sorted({name.split(".")[0] for name in sys.modules} & forbidden)
    if found:
        sys.exit(f"{module} loads {found}")
print(len(sys.argv) - 2)
"""


def test_importing_the_core_loads_no_framework():
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, ",".join(FORBIDDEN), *MODULES],
        cwd=REPOSITORY, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) == len(MODULES) > 15


@pytest.mark.parametrize("module", MODULES)
def test_examples_in_docstrings(module):
    failed, _ = doctest.testmod(importlib.import_module(module))
    assert failed == 0
