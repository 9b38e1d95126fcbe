"""A storage that refuses to be written to while a transaction is open: it would hold locks as long as the disk takes."""

from django.core.files.base import File
from django.db import connections

from sessions_app.storage import DurableFileSystemStorage


class OutsideTransactions(DurableFileSystemStorage):
    def _save(self, name: str, content: File) -> str:
        opened = [one.alias for one in connections.all(initialized_only=True) if one.in_atomic_block]
        if opened:
            raise AssertionError(f"a transaction of {opened} is open while the storage is written to")
        return super()._save(name, content)
