"""The two storages, with a span for each thing done to an object. Its key is not told: it holds the user's id."""

from typing import Any

from django.core.files.base import File
from opentelemetry.trace import SpanKind
from storages.backends.s3 import S3Storage

from chatmrpt.tracing import span
from sessions_app.storage import DurableFileSystemStorage


class TracedObjects:
    """Stands before a storage class."""

    def _open(self, name: str, mode: str = "rb") -> File:
        with span("storage open", SpanKind.CLIENT):
            return super()._open(name, mode)  # type: ignore[misc]

    def _save(self, name: str, content: File) -> str:
        with span("storage save", SpanKind.CLIENT, attributes={"chatmrpt.bytes": content.size or 0}):
            return super()._save(name, content)  # type: ignore[misc]

    def delete(self, name: str) -> None:
        with span("storage delete", SpanKind.CLIENT):
            super().delete(name)  # type: ignore[misc]

    def exists(self, name: str) -> bool:
        with span("storage exists", SpanKind.CLIENT):
            return super().exists(name)  # type: ignore[misc]

    def listdir(self, path: str) -> Any:
        with span("storage list", SpanKind.CLIENT):
            return super().listdir(path)  # type: ignore[misc]


class TracedS3Storage(TracedObjects, S3Storage):
    pass


class TracedFileSystemStorage(TracedObjects, DurableFileSystemStorage):
    pass
