"""Figures for people: each asked in time, and none at another's cost."""

import threading

from launcher.measuring.figures import ask


def _fails() -> list[str]:
    raise OSError("no route to it")


def test_each_probe_has_its_name_once_before_its_lines() -> None:
    assert ask({"telemetry": lambda: ["shard 0", "shard 1"], "dead letters": lambda: ["0"]}) == [
        "telemetry    shard 0",
        "             shard 1",
        "dead letters 0",
    ]


def test_one_that_fails_or_hangs_is_unknown_with_the_reason_and_the_others_are_told() -> None:
    go_on = threading.Event()

    def hangs() -> list[str]:
        go_on.wait(30)
        return ["too late"]

    found = ask({"changes": hangs, "replication": _fails, "dead letters": lambda: ["3 in the queue"]}, deadline_s=0.2)
    go_on.set()
    assert found == ["changes      unknown: no answer within 0.2 s", "replication  unknown: no route to it", "dead letters 3 in the queue"]
