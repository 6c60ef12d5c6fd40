"""Plans: recordings as messages, value by value."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain import events, telemetry
from chalicelib.domain.telemetry import MAX_PAYLOAD_BYTES, measured_at
from chalicelib.domain.topics import MessageKind
from iot.client.settings import DeviceIdentity
from iot.errors import RecordingError
from iot.replay.expected import expected_values
from iot.replay.plan import Plan, Sender, plan, series_of
from iot.replay.recording import SHIPPED, all_shipped, find, load
from iot.replay.score import PAUSE_MS, Score

START = 1_795_464_492_000
SENDER = Sender("clinic-a", "knee-1", "ada")


def rows_of(name: str) -> Iterator[tuple[str, int, float]]:
    """The file's values as the platform must hold them: metric, measured time, value."""
    with (SHIPPED / f"{name}.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            yield from (
                (metric, START + int(row["t_ms"]), float(value)) for metric, value in row.items() if metric not in {"t_ms", "repetition"}
            )


@pytest.mark.parametrize("name", [path.stem for path in sorted(SHIPPED.glob("*.csv"))])
def test_a_plan_holds_every_value_of_its_recording_at_its_time(name: str) -> None:
    made = plan(SENDER, find(name), START)
    found = [(value.metric, value.measured_at_ms, value.value) for value in expected_values([made])]
    assert found == sorted(rows_of(name))
    assert sum(message.values for message in made.messages) == len(found)


@given(
    st.lists(st.integers(1, 200), min_size=1, max_size=60),
    st.integers(0, 2**41),
)
def test_series_say_the_measured_times_exactly_whatever_the_jitter(steps: list[int], start: int) -> None:
    samples, at = [], start
    for number, step in enumerate(steps):
        samples.append((at, float(number)))
        at += step
    told = [
        (measured_at(series.t0, series.dt_ms, place), value)
        for series in series_of("knee_flexion_left", samples)
        for place, value in enumerate(series.values)
    ]
    assert told == samples


def test_an_even_second_is_one_series_a_metric() -> None:
    made = plan(SENDER, find("m07_s01"), START)
    full = [telemetry.decode(message.payload) for message in made.messages if message.values == 240]
    assert full
    assert {len(message.series) for message in full} == {8}
    assert {len(series.values) for message in full for series in message.series} == {30}


def test_messages_are_about_a_second_and_within_the_gateways_size() -> None:
    for recording in all_shipped():
        messages = [message for message in plan(SENDER, recording, START).messages if message.kind is MessageKind.TELEMETRY]
        assert len(messages) == recording.duration_ms // 1000 + 1
        assert max(len(message.payload) for message in messages) < MAX_PAYLOAD_BYTES / 10


def test_the_sessions_start_comes_first_and_its_end_last() -> None:
    made = plan(SENDER, find("m07_s01"), START)
    first, last = events.decode(made.messages[0].payload), events.decode(made.messages[-1].payload)
    assert isinstance(first, events.SessionStarted)
    assert (first.at, first.data.exercise, first.data.member) == (START, "standing_shoulder_abduction", "ada")
    assert isinstance(last, events.SessionEnded)
    assert last.at == START + 21_101
    assert first.session == last.session == made.session_id


def test_an_exercise_done_wrongly_hurts() -> None:
    made = plan(SENDER, find("m01_s01_incorrect"), START)
    decoded = [events.decode(message.payload) for message in made.messages if message.kind is MessageKind.EVENT]
    assert sum(isinstance(event, events.PainReported) for event in decoded) == 1
    assert sum(isinstance(event, events.BatteryReported) for event in decoded) == 3


def test_the_same_arguments_give_the_same_messages_and_every_id_is_unique() -> None:
    made = plan(SENDER, find("m05_s01"), START, seed=4)
    assert plan(SENDER, find("m05_s01"), START, seed=4) == made
    assert len({message.label for message in made.messages}) == len(made.messages)


def test_two_devices_play_in_sessions_of_their_own() -> None:
    recording = find("m05_s01")
    assert plan(SENDER, recording, START).session_id != plan(Sender("clinic-a", "knee-2", "ada"), recording, START).session_id


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not a recording"),
        ("t_ms,repetition,knee\n", "not a recording"),
        ("t_ms,repetition,knee\n0,1\n", "line 2 has 2 columns"),
        ("t_ms,repetition,knee\n0,1,x\n", "line 2"),
        ("t_ms,repetition,knee\n33,1,1\n33,1,1\n", "does not come after"),
    ],
)
def test_a_file_that_is_no_recording_is_refused_with_the_reason(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "bad.csv").write_text(text)
    with pytest.raises(RecordingError, match=reason):
        load(tmp_path / "bad.csv")


def test_a_recording_that_is_not_there_is_named() -> None:
    with pytest.raises(RecordingError, match="m99_s99"):
        find("m99_s99")


def test_devices_play_recordings_one_after_another_and_take_them_in_turn() -> None:
    devices = tuple(DeviceIdentity("clinic-a", name, Path(name), Path(name)) for name in ("knee-1", "knee-2"))
    recordings = tuple(find(name) for name in ("m05_s01", "m07_s01", "m08_s01"))
    score = Score(devices, recordings, speed=4, takes=2)
    first, second = (part.plan for part in score.parts(START))

    assert _exercises(first) == [("sit_to_stand", START), ("standing_shoulder_extension", START + recordings[0].duration_ms + PAUSE_MS)]
    assert [exercise for exercise, _ in _exercises(second)] == ["standing_shoulder_abduction", "sit_to_stand"]
    for made in (first, second):
        assert len({message.label for message in made.messages}) == len(made.messages)
        assert [message.due_ms for message in made.messages] == sorted(message.due_ms for message in made.messages)


@pytest.mark.parametrize("takes", [1, 3])
def test_nothing_is_sent_before_it_was_measured_however_fast_recordings_follow_one_another(takes: int) -> None:
    score = Score((DeviceIdentity("clinic-a", "knee-1", Path("c"), Path("k")),), (find("m07_s01"),), speed=100, takes=takes)
    now_ms = START + 3_600_000
    (part,) = score.parts(score.start_ms(now_ms))
    early = [it for it in part.plan.messages if part.plan.started_at_ms + it.due_ms > now_ms + it.due_ms / score.speed + 1]
    assert [it.kind for it in early if it.kind is MessageKind.TELEMETRY] == []


def _exercises(made: Plan) -> list[tuple[str, int]]:
    decoded = [events.decode(message.payload) for message in made.messages if message.kind is MessageKind.EVENT]
    return [(event.data.exercise, event.at) for event in decoded if isinstance(event, events.SessionStarted)]


def test_sessions_begin_after_the_last_ones_ended() -> None:
    score = Score((), (find("m07_s01"),), speed=20)
    now_ms = 1_795_000_000_000
    assert score.start_ms(now_ms) < now_ms
    assert score.start_ms(now_ms, now_ms + 5000) == now_ms + 5000
    assert score.start_ms(now_ms, 1000) == score.start_ms(now_ms)
