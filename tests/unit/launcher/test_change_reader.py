"""Server-Sent Events as a browser takes them apart."""

from chalicelib.feed.frames import OPENING, event_frame, position_frame
from launcher.measuring.change_reader import events_of


def test_events_and_positions_of_the_feeds_own_frames() -> None:
    text = OPENING + event_frame("session.updated", {"session_id": "s-1"}, "p1") + position_frame("p2")
    assert list(events_of(text)) == [{"id": "p1", "event": "session.updated", "data": '{"session_id":"s-1"}'}, {"id": "p2"}]


def test_data_of_several_lines_is_joined_and_comments_are_none() -> None:
    assert list(events_of(": hello\r\n\r\ndata: a\r\ndata:b\r\n\r\n")) == [{"data": "a\nb"}]
