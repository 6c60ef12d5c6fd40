"""Hypothesis strategies: sets of messages that collide as often as possible, and the ways they may arrive."""

from hypothesis import strategies as st
from msgspec import UNSET

from chalicelib.domain import events, telemetry
from chalicelib.domain.records import StreamRecord
from chalicelib.domain.telemetry import Series, Telemetry
from tests.messages import NOW_MS, presence, record, ruled_bytes

# Few devices, metrics and instants, so that messages meet; instants around a minute's, an hour's and a day's end.
DEVICES = ["d-1", "d-2"]
MIDNIGHT_MS = 1_795_478_400_000
instants = st.integers(MIDNIGHT_MS - 40, MIDNIGHT_MS + 40) | st.integers(NOW_MS, NOW_MS + 60) | st.sampled_from([-1_000_003, 0])
values = st.floats(-1e6, 1e6) | st.integers(-3, 3).map(float)
sessions = st.sampled_from([UNSET, "s-1", "s-2"])
steps = st.sampled_from([1.0, 1.5, 2.0, 16.667, 33.333, 20_000.0]) | st.floats(1, 100)

series = st.builds(
    Series,
    metric=st.sampled_from(["knee", "hip"]),
    unit=st.just("deg"),
    t0=instants,
    dt=steps,
    values=st.lists(values, min_size=1, max_size=12),
)
telemetry_bodies = st.tuples(sessions, st.lists(series, min_size=1, max_size=3))
member = st.sampled_from(["m-1", "m-2"])
exercise = st.sampled_from(["deep_squat", "side_lunge"])
session_names = st.sampled_from(["s-1", "s-2"])


@st.composite
def telemetry_payloads(draw: st.DrawFn, message_id: str) -> bytes:
    """A telemetry message."""
    session, parts = draw(telemetry_bodies)
    return telemetry.encode(Telemetry(v=1, id=message_id, session=session, series=parts))  # type: ignore[arg-type]


@st.composite
def event_payloads(draw: st.DrawFn, message_id: str) -> bytes:
    """An event of any type."""
    at, session = draw(instants), draw(session_names)
    plan = events.SessionPlan(exercise=draw(exercise), member=draw(member))
    return events.encode(
        draw(  # type: ignore[arg-type]
            st.sampled_from(
                [
                    events.SessionStarted(v=1, id=message_id, at=at, session=session, data=plan),
                    events.SessionEnded(v=1, id=message_id, at=at, session=session),
                    events.PainReported(v=1, id=message_id, at=at, session=session, data=events.Rating(score=3)),
                    events.FatigueReported(v=1, id=message_id, at=at),
                    events.BatteryReported(v=1, id=message_id, at=at, data=events.Charge(percent=draw(st.integers(0, 100)))),
                ]
            )
        )
    )


presence_records = st.builds(
    lambda event_type, client_id, version: record(presence(event_type, client_id, version, timestamp=NOW_MS + version)),
    st.sampled_from(["connected", "disconnected"]),
    st.sampled_from([*DEVICES, "stranger", "\N{LEG} 'any' one"]),
    st.integers(0, 2),
)


@st.composite
def distinct_messages(draw: st.DrawFn) -> list[StreamRecord]:
    """Messages with an id of their own each, and presence events, of few devices."""
    ids = draw(st.lists(st.sampled_from("ABCDabcd_-019"), unique=True, min_size=1, max_size=8))
    return [draw(_message(message_id)) for message_id in ids] + draw(st.lists(presence_records, max_size=4))


@st.composite
def _message(draw: st.DrawFn, message_id: str) -> StreamRecord:
    payload = draw(telemetry_payloads(message_id) | event_payloads(message_id))
    received_at = MIDNIGHT_MS + 1_000_000 + draw(st.integers(0, 5))
    return record(ruled_bytes(payload, device_id=draw(st.sampled_from(DEVICES)), received_at=received_at))


@st.composite
def deliveries(draw: st.DrawFn) -> list[list[StreamRecord]]:
    """Messages in any order, some of them more than once, in batches of any size."""
    messages = draw(distinct_messages())
    repeats = draw(st.lists(st.sampled_from(messages), max_size=4))
    order = draw(st.permutations([*messages, *repeats]))
    cuts = sorted(draw(st.sets(st.integers(1, len(order)), max_size=3)) | {len(order)})
    return [list(order[start:end]) for start, end in zip([0, *cuts], cuts, strict=False)]
