"""Writes safetensors files with nothing but Python's own library."""
import json
import os
import tempfile


def write(tensors, path):
    """Writes a whole file or none. `tensors` gives for each name its type, as "F16", its shape and its bytes."""
    header, offset = {}, 0
    for name, (kind, shape, content) in tensors.items():
        header[name] = {"dtype": kind, "shape": list(shape), "data_offsets": [offset, offset + len(content)]}
        offset += len(content)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    descriptor, temporary = tempfile.mkstemp(dir=os.path.dirname(os.path.abspath(path)))
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(len(text).to_bytes(8, "little") + text)
            for _, _, content in tensors.values():
                file.write(content)
        # As any new file: mkstemp makes one that nobody else may read.
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(temporary, 0o666 & ~mask)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
