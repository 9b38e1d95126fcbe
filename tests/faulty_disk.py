"""A folder of files as the program keeps it, on a disk that changes the last byte of the first object that it saves."""

from pathlib import Path

from django.core.files.base import File

from sessions_app.storage import DurableFileSystemStorage


class FaultyDisk(DurableFileSystemStorage):
    spoilt = ""

    def _save(self, name: str, content: File) -> str:
        stored = super()._save(name, content)
        if not self.spoilt:
            self.spoilt = stored
            path = Path(self.path(stored))
            found = path.read_bytes()
            path.write_bytes(found[:-1] + bytes([found[-1] ^ 1]))
        return stored
