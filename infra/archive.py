"""The zip that ships: the same bytes for the same content, whoever builds it and when."""

import hashlib
import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

_EPOCH = (1980, 1, 1, 0, 0, 0)
_FILE_MODE = 0o100644 << 16
_PROGRAM_MODE = 0o100755 << 16
_UNIX = 3


def normalize_archive(source: Path) -> bytes:
    """Rewrite a zip with its entries sorted, at a fixed time, each name once."""
    with zipfile.ZipFile(source) as archive:
        files = {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}
    return write_archive(files)


def write_archive(files: Mapping[str, bytes]) -> bytes:
    """Make a zip of path -> content."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(files):
            archive.writestr(_entry(name, _FILE_MODE), files[name])
    return buffer.getvalue()


def add_program(content: bytes, name: str, text: str) -> bytes:
    """Give the zip with one executable file more."""
    buffer = io.BytesIO(content)
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr(_entry(name, _PROGRAM_MODE), text.encode())
    return buffer.getvalue()


def hash_content(content: bytes) -> str:
    """Name a content by its SHA-256, in hex."""
    return hashlib.sha256(content).hexdigest()


def _entry(name: str, mode: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.external_attr = mode
    entry.create_system = _UNIX
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry
