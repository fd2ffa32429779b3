"""Writing a file so that it is there whole or not at all."""

import contextlib
import errno
import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from typing import BinaryIO


@contextlib.contextmanager
def open_replacing(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Open a file for writing that takes the place of ``path`` only when everything has been written.

    The bytes go to a temporary file in the same folder, which is flushed to the disk and then renamed.
    Whatever fails on the way (a full disk, an interrupt, an exception in the ``with`` block), the temporary
    file is removed and an older file at ``path`` is untouched. A symbolic link is followed: its target is
    replaced, the link stays. The permissions of a file that is replaced are kept.

    Raises
    ------
    OSError
        The folder is missing or not writable, ``path`` is a folder or a device, the disk is full, ….
    """
    target = os.path.realpath(os.fspath(path))
    folder = os.path.dirname(target)
    replaced = _checked_target(path, target, folder)
    # Not tempfile: its files are readable by their owner alone, whatever the umask says.
    temporary = os.path.join(folder, f".nativecnn-{secrets.token_hex(8)}.tmp")
    try:
        with open(temporary, "xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if replaced:
            shutil.copymode(target, temporary)
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        raise
    _flush_folder(folder)


def _checked_target(path: str | os.PathLike[str], target: str, folder: str) -> bool:
    """Refuse targets that a rename would spoil; return whether a file is there already."""
    if not os.path.isdir(folder):
        raise FileNotFoundError(errno.ENOENT, "expected an existing folder to write into, got none", folder)
    try:
        mode = os.stat(target).st_mode
    except FileNotFoundError:
        return False
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, "expected a file to write, got a folder", os.fspath(path))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "expected a regular file to write, got a device or pipe", os.fspath(path))
    return True


def _flush_folder(folder: str) -> None:
    """Make the rename itself last through a power cut, where the system can do that."""
    if os.name != "posix":
        return
    # Some network file systems refuse to flush a folder; the file is whole and in place either way.
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
