"""A stack for one test run: empty, fast, gone afterwards."""

import atexit
import secrets
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from chatmrpt.stack.prepare import create_database, migrate
from chatmrpt.stack.private_services import Services


@dataclass
class ThrowawayStack:
    """Its environment is known at once; its services start when `start` is first called."""

    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="chatmrpt-test-")))
    started: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        atexit.register(self.remove)
        self.services = Services(self.folder, throwaway=True)

    def environment(self) -> dict[str, str]:
        (self.folder / "static").mkdir(exist_ok=True)
        return {
            **self.services.addresses(),
            "CHATMRPT_MODE": "test",
            "CHATMRPT_STATE": str(self.folder),
            "DJANGO_SETTINGS_MODULE": "chatmrpt.settings",
            "SECRET_KEY": secrets.token_urlsafe(36),
            "CLAIM_KEYS": f"k1:{self.services.secrets['claim_key']}",
            "TASK_KEYS": f"k1:{self.services.secrets['task_key']}",
            "STORAGE": "filesystem",
            "LOG_LEVEL": "WARNING",
        }

    def start(self) -> None:
        """Start the services and bring the database to where a real start brings it."""
        if self.started:
            return
        self.started = True
        self.services.start()
        create_database(self.services)
        migrate()

    def remove(self) -> None:
        self.services.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
