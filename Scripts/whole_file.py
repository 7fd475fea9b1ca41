"""Writes a file whole or not at all."""
import os
import tempfile


def write_whole(path, write):
    """Has `write` write a file beside `path`, and puts it there."""
    descriptor, temporary = tempfile.mkstemp(dir=os.path.dirname(os.path.abspath(path)))
    os.close(descriptor)
    try:
        write(temporary)
        # As any new file: mkstemp makes one that nobody else may read.
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(temporary, 0o666 & ~mask)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
