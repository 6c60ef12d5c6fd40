"""AWS's retry rules, without threads, time or Lambda."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.event_source.batch_run import (
    BatchRun,
    Condition,
    Discard,
    Failed,
    FailedFrom,
    Invocation,
    Invoke,
    NotInvoked,
    Outcome,
    Succeeded,
)
from emulator.event_source.model import Event, RetryPolicy
from tests.emulator.event_source.fakes import events

FAILURE = Invocation("request-1", "$LATEST", 200, "Unhandled")
FAILED = Failed(FAILURE)
NOW_MS = 1_000_000


def sent(run: BatchRun) -> list[int]:
    """Sequence numbers of the invocation that is due."""
    step = run.next_step(NOW_MS)
    assert isinstance(step, Invoke), step
    return [event.sequence for event in step.events]


def given_up(run: BatchRun) -> Discard:
    step = run.next_step(NOW_MS)
    assert isinstance(step, Discard), step
    return step


def test_a_success_settles_the_batch() -> None:
    assert BatchRun.of(RetryPolicy(), events(1, 2)).after(Succeeded()).next_step(NOW_MS) is None


def test_an_error_sends_the_whole_batch_again_for_as_long_as_it_takes() -> None:
    run = BatchRun.of(RetryPolicy(), events(1, 2, 3))
    for _ in range(50):
        run = run.after(FAILED)
        assert sent(run) == [1, 2, 3]


@pytest.mark.parametrize("retries", [0, 1, 3])
def test_the_batch_is_given_up_after_its_retries(retries: int) -> None:
    run = BatchRun.of(RetryPolicy(max_retries=retries), events(1, 2))
    for _ in range(retries + 1):
        assert sent(run) == [1, 2]
        run = run.after(FAILED)
    step = given_up(run)
    assert step == Discard(events(1, 2), Condition.RETRY_ATTEMPTS_EXHAUSTED, retries + 1, FAILURE)
    assert run.discarded(step).next_step(NOW_MS) is None


def test_a_throttled_invocation_uses_up_no_retry() -> None:
    run = BatchRun.of(RetryPolicy(max_retries=0), events(1))
    for _ in range(20):
        run = run.after(NotInvoked("TooManyRequestsException"))
    assert sent(run) == [1]


def test_everything_from_the_lowest_failed_item_comes_again() -> None:
    assert sent(BatchRun.of(RetryPolicy(), events(1, 2, 3, 4)).after(FailedFrom(3, FAILURE))) == [3, 4]


def test_a_partial_failure_uses_up_a_retry() -> None:
    run = BatchRun.of(RetryPolicy(max_retries=1), events(1, 2, 3))
    run = run.after(FailedFrom(2, FAILURE)).after(FailedFrom(3, FAILURE))
    assert given_up(run).events == events(3)


def test_bisect_halves_the_batch_and_does_not_use_up_retries() -> None:
    run = BatchRun.of(RetryPolicy(max_retries=0, bisect=True), events(1, 2, 3, 4, 5)).after(FAILED)
    assert sent(run) == [1, 2]
    assert sent(run.after(Succeeded())) == [3, 4, 5]


def test_bisect_gives_up_the_poison_record_alone() -> None:
    run, discarded = BatchRun.of(RetryPolicy(max_retries=1, bisect=True), events(*range(1, 101))), []
    while (step := run.next_step(NOW_MS)) is not None:
        if isinstance(step, Discard):
            discarded.append([event.sequence for event in step.events])
            run = run.discarded(step)
        else:
            run = run.after(FAILED if any(event.sequence == 37 for event in step.events) else Succeeded())
    assert discarded == [[37]]


def test_with_both_the_batch_is_split_at_the_reported_item() -> None:
    run = BatchRun.of(RetryPolicy(max_retries=0, bisect=True), events(1, 2, 3, 4)).after(FailedFrom(2, FAILURE))
    assert sent(run) == [2, 3, 4]


def test_with_both_a_batch_whose_first_item_failed_is_halved() -> None:
    run = BatchRun.of(RetryPolicy(max_retries=0, bisect=True), events(2, 3, 4)).after(FailedFrom(2, FAILURE))
    assert sent(run) == [2]
    assert given_up(run.after(FAILED)).events == events(2)


def test_records_above_the_age_are_given_up_before_they_are_sent() -> None:
    old, young = events(1, 2, arrived_at_ms=NOW_MS - 60_001), events(3, arrived_at_ms=NOW_MS - 60_000)
    run = BatchRun.of(RetryPolicy(max_age_ms=60_000), old + young)
    step = given_up(run)
    assert step == Discard(old, Condition.RECORD_AGE_EXCEEDED, 0, None)
    assert sent(run.discarded(step)) == [3]


def test_records_that_left_the_stream_are_given_up() -> None:
    step = BatchRun.of(RetryPolicy(), events(1, 2, 3)).next_step(NOW_MS, horizon=3)
    assert isinstance(step, Discard)
    assert step.events == events(1, 2)


def test_the_pause_grows_with_failures_in_a_row_and_ends_with_a_split() -> None:
    run = BatchRun.of(RetryPolicy(bisect=True), events(1, 2)).after(NotInvoked("throttled")).after(NotInvoked("throttled"))
    assert run.next_step(NOW_MS) == Invoke(events(1, 2), 2)
    assert run.after(FAILED).next_step(NOW_MS) == Invoke(events(1), 0)


@dataclass
class Account:
    """What became of each record, for a run against drawn outcomes."""

    taken: list[int] = field(default_factory=list)
    reported: list[int] = field(default_factory=list)
    failures: int = 0

    def book(self, step: Invoke, outcome: Outcome) -> None:
        match outcome:
            case Succeeded():
                self.taken += [event.sequence for event in step.events]
            case FailedFrom(sequence, _):
                self.failures += 1
                self.taken += [event.sequence for event in step.events if event.sequence < sequence]
            case Failed():
                self.failures += 1


def outcomes(batch: tuple[Event, ...]) -> st.SearchStrategy[Outcome]:
    return st.one_of(
        st.just(Succeeded()),
        st.just(FAILED),
        st.just(NotInvoked("TooManyRequestsException")),
        st.sampled_from(batch).map(lambda event: FailedFrom(event.sequence, FAILURE)),
    )


POLICIES = st.builds(RetryPolicy, max_retries=st.integers(0, 4), max_age_ms=st.sampled_from([None, 500]), bisect=st.booleans())
BATCHES = st.lists(st.integers(0, 1000), min_size=1, max_size=24).map(
    lambda ages: tuple(Event(i, "key", NOW_MS - age, b"{}") for i, age in enumerate(sorted(ages, reverse=True), 1))
)


@settings(deadline=None)
@given(policy=POLICIES, batch=BATCHES, data=st.data())
def test_every_record_is_taken_or_reported_in_order_and_attempts_are_bounded(
    policy: RetryPolicy, batch: tuple[Event, ...], data: st.DataObject
) -> None:
    run, account, throttles = BatchRun.of(policy, batch), Account(), 0
    while (step := run.next_step(NOW_MS)) is not None:
        before = run.unsettled
        if isinstance(step, Discard):
            account.reported += [event.sequence for event in step.events]
            run = run.discarded(step)
        else:
            outcome = data.draw(outcomes(step.events)) if throttles < 30 else FAILED
            throttles += isinstance(outcome, NotInvoked)
            account.book(step, outcome)
            run = run.after(outcome)
        assert run.unsettled <= before
    assert sorted(account.taken + account.reported) == [event.sequence for event in batch]
    assert account.taken == sorted(account.taken)
    assert account.reported == sorted(account.reported)
    assert policy.max_retries is not None
    slices = 2 * len(batch) if policy.bisect else 1
    assert account.failures <= slices * (policy.max_retries + 1)


@settings(deadline=None)
@given(batch=BATCHES, poison=st.sets(st.integers(1, 24)), retries=st.integers(0, 3))
def test_bisect_reports_exactly_the_poison_records(batch: tuple[Event, ...], poison: set[int], retries: int) -> None:
    run, reported = BatchRun.of(RetryPolicy(max_retries=retries, bisect=True), batch), []
    while (step := run.next_step(NOW_MS)) is not None:
        if isinstance(step, Discard):
            reported += [event.sequence for event in step.events]
            run = run.discarded(step)
        else:
            run = run.after(FAILED if poison & {event.sequence for event in step.events} else Succeeded())
    assert reported == sorted(poison & {event.sequence for event in batch})
