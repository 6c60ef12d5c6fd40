"""A change's place in the binary log, as one number that grows with it: the external version of the document it makes.

`stream-position` is `<log file>.<position>.<row>`, for example `gonio.000003.4711.2`: the file's name ends in its number, the
position is the row event's end, and rows count from 0 within their event. The version's 63 bits hold 20 of the file's number,
30 of the position and 13 of the row, in this order.
"""

import re

from chalicelib.domain.errors import PoisonError, ReasonCode

ROW_BITS, POSITION_BITS, FILE_BITS = 13, 30, 20
MAX_VERSION = (1 << 63) - 1
_POSITION = re.compile(r".*\.([0-9]{1,10})\.([0-9]{1,10})\.([0-9]{1,10})", re.ASCII)


def version_at(stream_position: str) -> int:
    """The external version of a change there. Raises `PoisonError` for what is no position or too great for a version."""
    found = _POSITION.fullmatch(stream_position)
    if found is None:
        raise PoisonError(ReasonCode.INVALID_CHANGE, f"`{stream_position[:256]}` is no position in a binary log")
    file, position, row = map(int, found.groups())
    if file >> FILE_BITS or position >> POSITION_BITS or row >> ROW_BITS:
        raise PoisonError(ReasonCode.INVALID_CHANGE, f"The position {stream_position[:256]} is too great for a document's version")
    return file << (POSITION_BITS + ROW_BITS) | position << ROW_BITS | row
