"""The core of net planning is pure, and the examples in its docstrings are true."""

import doctest
import importlib
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "core"
MODULES = sorted(f"itn.core.{path.stem}" for path in FOLDER.glob("*.py") if path.stem != "__init__")


@pytest.mark.parametrize("module", MODULES)
def test_examples_in_docstrings(module):
    failed, _ = doctest.testmod(importlib.import_module(module))
    assert failed == 0
