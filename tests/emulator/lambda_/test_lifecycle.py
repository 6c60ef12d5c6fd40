"""An execution environment, driven directly: what an event meets on its way through a runtime process."""

import json
import os
import re
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from emulator.lambda_.lifecycle import Limits
from emulator.lambda_.limits import MAX_RESPONSE_BYTES
from tests.emulator.lambda_.environments import Runner, environment_of
from tests.emulator.lambda_.local import alive, until

Start = Callable[..., Runner]


def test_warm_environment_keeps_its_process_and_state(start: Start) -> None:
    environment = start("counting")

    first, second = environment.answer(), environment.answer()

    assert (first["count"], second["count"]) == (1, 2)
    assert first["pid"] == second["pid"]


def test_handler_gets_event_and_context(start: Start) -> None:
    outcome = start("echo", timeout_s=7).run({"angle": 12.5}, client_context='{"custom": {"a": "b"}}')

    answer = json.loads(outcome.body)
    assert answer["event"] == {"angle": 12.5}
    assert answer["arn"] == "arn:aws:lambda:eu-west-1:0:function:f"
    assert answer["request_id"] == "request-1"
    assert answer["client_context"] == {"a": "b"}
    assert answer["env"]["_X_AMZN_TRACE_ID"] == "Root=1"
    assert 5000 < answer["remaining_ms"] <= 7000


def test_exception_has_message_type_and_trace_and_leaves_the_process_alive(start: Start) -> None:
    environment = start("failing")

    error = environment.error({"how": "raise"})

    assert (error["errorType"], error["errorMessage"], error["requestId"]) == ("ValueError", "no such knee", "request-1")
    assert 'raise ValueError("no such knee")' in error["stackTrace"][-1]
    assert environment.answer() == "well"


def test_answer_that_is_no_json_is_a_marshal_error(start: Start) -> None:
    assert start("failing").error({"how": "unserialisable"})["errorType"] == "Runtime.MarshalError"


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ({"how": "exit", "code": 3}, "Runtime exited with error: exit status 3"),
        ({"how": "exit", "code": 0}, "Runtime exited without providing a reason"),
        ({"how": "sys.exit", "code": 4}, "Runtime exited with error: exit status 4"),
        ({"how": "signal", "signal": signal.SIGKILL}, "Runtime exited with error: signal: killed"),
        ({"how": "signal", "signal": signal.SIGSEGV}, "Runtime exited with error: signal: segmentation fault"),
    ],
)
def test_process_that_ends_is_an_exit_error_and_the_next_event_works(start: Start, event: object, reason: str) -> None:
    environment = start("failing")

    error = environment.error(event)

    assert error == {"errorType": "Runtime.ExitError", "errorMessage": f"RequestId: request-1 Error: {reason}"}
    assert environment.answer() == "well"


def test_time_out_kills_the_process_and_what_it_started(start: Start, tmp_path: Path) -> None:
    environment = start("sleeping", timeout_s=4)

    outcome = environment.run({"seconds": 60, "busy": True, "child": True, "file": str(tmp_path / "pids")})

    assert json.loads(outcome.body) == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": "RequestId: request-1 Error: Task timed out after 4.00 seconds",
    }
    assert "request-1 Task timed out after 4.00 seconds" in outcome.log
    assert "Status: timeout" in outcome.log
    pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
    assert len(pids) == 2
    until(lambda: not any(alive(pid) for pid in pids))
    assert environment.answer({"seconds": 0})["pid"] not in pids


def test_handler_that_cannot_be_imported_is_an_import_error_each_time(start: Start) -> None:
    environment = start("broken_import")

    outcomes = [environment.run(), environment.run()]

    for outcome in outcomes:
        error = json.loads(outcome.body)
        assert error["errorType"] == "Runtime.ImportModuleError"
        assert error["errorMessage"] == "Unable to import module 'broken_import': No module named 'no_such_package'"
    assert "INIT_REPORT" in outcomes[0].log
    assert "Phase: init\tStatus: error\tError Type: Runtime.ImportModuleError" in outcomes[0].log
    assert "Phase: invoke" in outcomes[1].log


def test_initialisation_that_failed_is_tried_again_with_the_first_event(start: Start, tmp_path: Path) -> None:
    environment = start("loading_once", MARKER=str(tmp_path / "marker"))

    outcome = environment.run()

    assert outcome.body == b'"loaded"'
    assert "not there yet" in outcome.log


def test_loading_does_not_count_against_the_time_out(start: Start) -> None:
    outcome = start("slow_import", timeout_s=1).run()

    assert outcome.body == b'"loaded"'
    (loading,) = re.findall(r"Init Duration: ([0-9.]+) ms", outcome.log)
    assert float(loading) >= 1500


def test_loading_that_happens_with_an_event_counts_against_the_time_out(tmp_path: Path) -> None:
    runner = Runner(environment_of("slow_import", tmp_path, Limits(1, 128)))

    outcome = runner.run()

    assert json.loads(outcome.body)["errorMessage"] == "RequestId: request-1 Error: Task timed out after 1.00 seconds"
    assert "Phase: invoke\tStatus: timeout" in outcome.log
    runner.environment.stop()


def test_memory_above_the_functions_size_is_an_exit_by_kill(start: Start) -> None:
    environment = start("failing", memory_mb=128)

    outcome = environment.run({"how": "allocate", "mb": 200})

    assert json.loads(outcome.body)["errorMessage"] == "RequestId: request-1 Error: Runtime exited with error: signal: killed"
    assert "Max Memory Used: 128 MB" in outcome.log
    assert environment.answer() == "well"


def test_memory_within_the_functions_size_is_granted(start: Start) -> None:
    assert start("failing", memory_mb=256).answer({"how": "allocate", "mb": 100}) == 100 * 1024 * 1024


def test_largest_answer_passes_and_a_larger_one_is_refused(start: Start) -> None:
    environment = start("failing")

    assert len(environment.run({"how": "large", "bytes": MAX_RESPONSE_BYTES}).body) == MAX_RESPONSE_BYTES
    assert environment.error({"how": "large", "bytes": MAX_RESPONSE_BYTES + 1}) == {
        "errorType": "Function.ResponseSizeTooLarge",
        "errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
    }
    assert environment.answer() == "well"


def test_event_of_six_megabytes_passes(start: Start) -> None:
    assert start("failing").answer({"how": "", "padding": "x" * (6 * 1024 * 1024 - 30)}) == "well"


def test_log_has_the_platforms_lines_around_the_functions(start: Start) -> None:
    environment = start("printing")

    first, second = environment.run().log.splitlines(), environment.run().log.splitlines()

    assert first[0] == "INIT_START Runtime Version: python:3.13"
    assert first[1] == "START RequestId: request-1 Version: $LATEST"
    assert first[2:4] == ["to stdout", "to stderr"]
    assert first[4].startswith("[INFO]\t")
    assert first[4].endswith("Z\trequest-1\tto the log")
    assert first[-2] == "END RequestId: request-1"
    assert "Init Duration" in first[-1]
    assert second[0] == "START RequestId: request-2 Version: $LATEST"
    assert "Init Duration" not in second[-1]


def test_process_killed_while_idle_is_replaced_unnoticed(start: Start) -> None:
    environment = start("counting")
    pid = environment.answer()["pid"]

    os.kill(pid, signal.SIGKILL)
    until(lambda: not alive(pid))

    assert environment.answer()["count"] == 1


def test_process_killed_while_busy_fails_that_event_only(start: Start, tmp_path: Path) -> None:
    environment = start("sleeping")

    def kill_when_busy() -> None:
        until((tmp_path / "pid").exists)
        os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)

    killer = threading.Thread(target=kill_when_busy)
    killer.start()

    error = environment.error({"seconds": 9, "file": str(tmp_path / "pid")})

    killer.join()
    assert error["errorType"] == "Runtime.ExitError"
    assert environment.answer({"seconds": 0})["pid"]


def test_stop_ends_a_busy_process_at_once_and_may_come_twice(start: Start, tmp_path: Path) -> None:
    environment = start("sleeping")

    def stop_when_busy() -> None:
        until((tmp_path / "pid").exists)
        environment.environment.stop()

    stopper = threading.Thread(target=stop_when_busy)
    stopper.start()

    error = environment.error({"seconds": 9, "busy": True, "file": str(tmp_path / "pid")})

    stopper.join()
    environment.environment.stop()
    assert error["errorType"] == "Runtime.ExitError"
    assert not alive(int((tmp_path / "pid").read_text()))


def test_stopped_environment_starts_no_process_again(start: Start) -> None:
    environment = start("counting")
    pid = environment.answer()["pid"]

    environment.environment.stop()

    assert environment.error()["errorType"] == "Runtime.ExitError"
    assert not alive(pid)


def test_stop_while_the_handler_loads_leaves_no_process(tmp_path: Path) -> None:
    environment = environment_of("slow_import", tmp_path, Limits(10, 128))
    starter = threading.Thread(target=environment.start)
    starter.start()
    pid = int(until(lambda: (tmp_path / "loading").exists() and (tmp_path / "loading").read_text()))

    environment.stop()

    starter.join(10)
    assert not starter.is_alive()
    assert not alive(pid)
