"""The settings of a restore onto a disk that changes a byte: sizes stay right, checksums don't."""

from chatmrpt.settings import *  # noqa: F403
from chatmrpt.settings import STORAGES

STORAGES = STORAGES | {"default": STORAGES["default"] | {"BACKEND": "tests.faulty_disk.FaultyDisk"}}
