"""A gzip file as a plain one, within the caps on size and ratio."""

import gzip
import zlib
from pathlib import Path

from auditor.read.job import Job, Refused, allowance

_STEP = 1 << 20


def unpack(job: Job, target: Path) -> int:
    """Write the unpacked bytes of ``job.path`` to ``target``; return how many.

    Raises:
        Refused: bad_gzip (damaged, truncated, trailing bytes), or unpacked_too_large.
    """
    packed = Path(job.path).stat().st_size
    cap = allowance(packed, job.limits, job.budget)
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
    return size
