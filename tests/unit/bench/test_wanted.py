"""Figures against what is wanted of them: what is missed is marked, and ends a benchmark with 1."""

from types import ModuleType

import pytest

from bench import __main__ as bench
from bench import front_end, routes
from bench.end_to_end import Outcome
from bench.live import _figures
from bench.wanted import status, verdict


def test_only_a_figure_above_what_is_wanted_is_missed() -> None:
    assert [verdict(figure, 5.0) for figure in (4.9, 5.0, 5.1)] == ["", "", "missed"]
    assert (status(["", ""]), status(["", "missed"])) == (0, 1)


@pytest.mark.parametrize(
    ("first", "last", "missed"),
    [(100, 100, ""), (100, 400, ""), (100, 401, "missed"), (1000, 1750, ""), (1000, 1751, "missed")],
)
def test_a_delay_is_bounded_when_the_last_third_is_not_much_later_than_the_first(first: int, last: int, missed: str) -> None:
    outcome = Outcome(sent=30, sending_s=1.0, delays_ms=[first] * 10 + [5000] * 10 + [last] * 10)
    assert outcome.thirds_ms == (first, last)
    assert outcome.bounded == missed


def test_more_than_one_late_message_in_twenty_is_missed_and_so_is_a_lost_one() -> None:
    assert Outcome(20, 1.0, [1000] * 19 + [1001]).soon == ""
    assert Outcome(20, 1.0, [1000] * 18 + [1001] * 2).soon == "missed"
    assert Outcome(20, 1.0, [1000] * 20).lost == ""
    assert Outcome(20, 1.0, [1000] * 19).lost == "missed"


def test_the_load_s_progress_is_not_among_the_figures() -> None:
    printed = "  live · load-tracker-1 of load-test is registered\nfleet: 5/5 devices\n500 messages at 50 a second\n  stored 1 ms"
    assert _figures(printed).splitlines() == ["500 messages at 50 a second", "  stored 1 ms"]


@pytest.mark.parametrize("results", [routes, front_end])
def test_a_route_above_the_aim_is_missed_unless_it_is_beyond_the_aim(results: ModuleType) -> None:
    assert results.Result("one", 4.0, results.AIM_MS).verdict == ""
    assert results.Result("one", 4.0, results.AIM_MS + 0.1).verdict == "missed"
    assert results.Result(results.BEYOND_THE_AIM, 4.0, 20.0).verdict == ""
    assert results.BEYOND_THE_AIM in (route if isinstance(route, str) else route[0] for route in results.ROUTES)


def test_every_benchmark_is_run_and_those_that_failed_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    ran: list[str] = []

    def run(name: str) -> int:
        ran.append(name)
        return int(name in {"routes", "live"})

    assert bench.main([], run) == 1
    assert ran == list(bench.BENCHMARKS)
    assert capsys.readouterr().err == "bench: routes, live failed, or missed what is wanted\n"
    assert bench.main(["rules"], run) == 0


def test_an_unknown_benchmark_is_named_and_nothing_runs(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main(["rules", "unheard-of"], lambda name: pytest.fail(f"{name} ran")) == 1
    assert "unheard-of is unknown" in capsys.readouterr().err
