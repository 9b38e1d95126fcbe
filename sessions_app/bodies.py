"""Bodies of uploads while they arrive."""

import tempfile
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, TemporaryFileUploadHandler

from sessions_app.isolation.tempfolders import temp_root


class NamelessFileUploadHandler(TemporaryFileUploadHandler):
    """Keeps a body on the disk in a file without a name: no other process can open it, and a killed one leaves nothing."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        FileUploadHandler.new_file(self, *args, **kwargs)
        self.file = UploadedFile(
            tempfile.TemporaryFile(dir=temp_root()),  # noqa: SIM115 - closed with the request, or below
            self.file_name, self.content_type, 0, self.charset, self.content_type_extra,
        )  # fmt: skip

    def upload_interrupted(self) -> None:
        if getattr(self, "file", None) is not None:
            self.file.close()
