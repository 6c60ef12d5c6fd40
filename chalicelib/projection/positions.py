"""A change's place in the binary log, as one number that grows with it: the external version of the document it makes.

The `stream-position` of a MySQL source comes in two forms, in both of which the log file's name ends in its number:

- `<file>.<position>.<row>`, for example `gonio.000003.4711.2`: the row event's end, and the row within its event, from 0.
- `<file>.<position>.<row>.<end>.<transaction>.<file>.<begin>`, for example
  `mysql-bin-changelog.002171.36912.0.36980.0.mysql-bin-changelog.002171.36853`: AWS's own, with the event's beginning and end. It has the
  parts of AWS's checkpoint (`…157832:1975:-1:2002:677883278264080:…157832:1876`; AWS DMS API reference, "StartReplicationTask"). Nothing
  says that its row is set, so `transaction-record-id`, which counts the records of a transaction, orders the rows of an event.

The version's 63 bits hold 20 of the file's number, 30 of the position and 13 of the row, in this order. A transaction may have more
records than a row's bits count: from the 8191st on they share a row, and only their order in a batch tells changes of one event apart.
"""

import re

from chalicelib.domain.errors import PoisonError, ReasonCode

ROW_BITS, POSITION_BITS, FILE_BITS = 13, 30, 20
MAX_VERSION = (1 << 63) - 1
_MAX_ROW = (1 << ROW_BITS) - 1
_NUMBER = "([0-9]{1,10})"
_POSITION = re.compile(rf".*\.{_NUMBER}\.{_NUMBER}\.{_NUMBER}", re.ASCII)
_AWS_POSITION = re.compile(rf"(?P<name>.+)\.{_NUMBER}\.{_NUMBER}\.(?:-1|{_NUMBER})\.[0-9]+\.[0-9]+\.(?P=name)\.[0-9]+\.[0-9]+", re.ASCII)


def version_at(stream_position: str, record_number: int | None = None) -> int:
    """The external version of a change there, with its number within its transaction where that is told.

    Raises `PoisonError` for what is no position or too great for a version.
    """
    file, position, row = _place(stream_position, record_number)
    if file >> FILE_BITS or position >> POSITION_BITS or row >> ROW_BITS:
        raise PoisonError(ReasonCode.INVALID_CHANGE, f"The position {stream_position[:256]} is too great for a document's version")
    return file << (POSITION_BITS + ROW_BITS) | position << ROW_BITS | row


def _place(stream_position: str, record_number: int | None) -> tuple[int, int, int]:
    if found := _AWS_POSITION.fullmatch(stream_position):
        file, position, row = (int(text or 0) for text in found.groups()[1:])
        return file, position, min(row if record_number is None else record_number, _MAX_ROW)
    if found := _POSITION.fullmatch(stream_position):
        file, position, row = map(int, found.groups())
        return file, position, row
    raise PoisonError(ReasonCode.INVALID_CHANGE, f"`{stream_position[:256]}` is no position in a binary log")
