"""What only the tests of the whole system need."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from chatmrpt.stack.throwaway import ThrowawayStack
from tests.running_stack import processes_of


@pytest.fixture
def state() -> Iterator[Path]:
    """A state folder that also the service user may reach: pytest's own lie under a private one."""
    stack = ThrowawayStack()
    yield stack.folder / "state"
    assert processes_of(stack.folder / "state") == {}
    stack.remove()
