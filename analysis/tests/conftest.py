"""Where the real data of the known answers is found."""

import os
from pathlib import Path

import pytest

from sessions_app.tests.people import alice, bob, committed, person

__all__ = ["alice", "bob", "committed", "person", "realdata"]


@pytest.fixture(scope="session")
def realdata() -> Path:
    here = Path(__file__).resolve().parents[2]
    folder = Path(os.environ.get("CHATMRPT_REALDATA", here.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"real data not found in {folder}; set CHATMRPT_REALDATA")
    return folder
