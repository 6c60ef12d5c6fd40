"""The platform's lines in a function's log, and its words for failures."""

import json

import pytest

from emulator.lambda_ import report
from emulator.lambda_.errors import InitError, RuntimeExitError, TaskTimeoutError, exit_reason
from emulator.lambda_.reaper import guarded_groups


def test_report_of_a_warm_invocation() -> None:
    assert report.end("r", report.Usage(1.234, None, 128, 35), None) == (
        "END RequestId: r\nREPORT RequestId: r\tDuration: 1.23 ms\tBilled Duration: 2 ms\tMemory Size: 128 MB\tMax Memory Used: 35 MB\t\n"
    )


def test_initialisation_is_reported_and_billed() -> None:
    line = report.end("r", report.Usage(1.2, 100.5, 128, 35), None)

    assert "Billed Duration: 102 ms" in line
    assert "Init Duration: 100.50 ms" in line


def test_report_of_a_time_out_has_its_status() -> None:
    assert report.end("r", report.Usage(3000, None, 128, 35), TaskTimeoutError(3)).endswith("\tStatus: timeout\t\n")


def test_report_of_an_end_has_status_and_type() -> None:
    assert "\tStatus: error\tError Type: Runtime.ExitError" in report.end("r", report.Usage(3, None, 128, 35), RuntimeExitError(1))


def test_init_report_names_phase_and_error() -> None:
    error = InitError(b"{}", "Runtime.ImportModuleError")

    assert report.init_report(12.3, "init", error) == (
        "INIT_REPORT Init Duration: 12.30 ms\tPhase: init\tStatus: error\tError Type: Runtime.ImportModuleError\n"
    )


@pytest.mark.parametrize(
    ("returncode", "words"),
    [
        (0, "Runtime exited without providing a reason"),
        (7, "Runtime exited with error: exit status 7"),
        (-9, "Runtime exited with error: signal: killed"),
        (-15, "Runtime exited with error: signal: terminated"),
        (-64, "Runtime exited with error: signal: real-time signal 30"),
    ],
)
def test_end_of_a_process_in_aws_words(returncode: int, words: str) -> None:
    assert exit_reason(returncode) == words


def test_time_out_names_the_limit_with_two_digits() -> None:
    assert json.loads(TaskTimeoutError(3).payload("r"))["errorMessage"] == "RequestId: r Error: Task timed out after 3.00 seconds"


def test_groups_that_were_forgotten_are_not_guarded() -> None:
    assert guarded_groups(["+1\n", "+2\n", "-1\n", "+3\n", "-9\n"]) == {2, 3}
