"""A gzip file as a plain one, within the caps on size and ratio."""

import gzip
import zlib
from pathlib import Path

from auditor.read.job import Job, Refused

_STEP = 1 << 20
_ALWAYS = 16 << 20  # bytes that any small file may unpack to, whatever the ratio


def unpack(job: Job, target: Path) -> None:
    """Write the unpacked bytes of ``job.path`` to ``target``.

    Raises:
        Refused: bad_gzip (damaged, truncated, trailing bytes), or unpacked_too_large.
    """
    packed = Path(job.path).stat().st_size
    cap = min(job.limits.unpacked_bytes, max(_ALWAYS, packed * job.limits.ratio))
    size = 0
    try:
        with gzip.open(job.path) as reader, target.open("xb") as writer:
            while chunk := reader.read(_STEP):
                size += len(chunk)
                if size > cap:
                    raise Refused(
                        "unpacked_too_large", f"{packed} -> >{cap}", byte_offset=size
                    )
                writer.write(chunk)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise Refused("bad_gzip", str(error), byte_offset=size) from error
