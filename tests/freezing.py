"""The program's storages, for a process that freezes once around its first object; thawed, it goes on where it was."""

import os
import signal

from django.core.files.base import File
from storages.backends.s3 import S3Storage

from sessions_app.storage import DurableFileSystemStorage


class Freezes:
    """Stands before a storage class. FREEZE says when: "before" or "after" the object is stored."""

    frozen = False

    def _save(self, name: str, content: File) -> str:
        self._freeze("before")
        stored = super()._save(name, content)  # type: ignore[misc]
        self._freeze("after")
        return stored

    def _freeze(self, moment: str) -> None:
        if os.environ["FREEZE"] == moment and not self.frozen:
            self.frozen = True
            os.kill(os.getpid(), signal.SIGSTOP)


class FreezingBucket(Freezes, S3Storage):
    pass


class FreezingFolder(Freezes, DurableFileSystemStorage):
    pass
