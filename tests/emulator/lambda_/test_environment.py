"""The environment variables of a function."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from emulator.lambda_.environment import Layout, function_environment

LAYOUT = Layout(Path("/task"), Path("/opt-merged"), Path("/scratch"), Path("/runtime"))
RESERVED = {
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_RUNTIME_API",
    "LAMBDA_TASK_ROOT",
    "LAMBDA_RUNTIME_DIR",
    "PATH",
    "PYTHONPATH",
    "LD_LIBRARY_PATH",
}

_variables = st.dictionaries(st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,12}", fullmatch=True), st.text(max_size=5), max_size=5)


def _environment(offered: dict[str, object], own: dict[str, str], layout: Layout = LAYOUT) -> dict[str, str]:
    return function_environment(offered, own, layout, runtime="python3.13", runtime_api="127.0.0.1:1")


@given(_variables)
def test_own_variables_are_all_there_unless_aws_reserves_the_name(own: dict[str, str]) -> None:
    environment = _environment({}, own)

    assert {name: value for name, value in own.items() if name not in RESERVED}.items() <= environment.items()


@given(_variables)
def test_what_only_localstack_knows_stays_out(offered: dict[str, object]) -> None:
    assert _environment({"LOCALSTACK_" + name: value for name, value in offered.items()}, {}) == _environment({}, {})


def test_numbers_that_localstack_offers_become_text() -> None:
    assert _environment({"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": 128}, {})["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "128"


def test_own_variable_replaces_the_offered_one() -> None:
    assert _environment({"TZ": ":UTC"}, {"TZ": "Europe/Zurich"})["TZ"] == "Europe/Zurich"


def test_search_paths_name_own_entries_then_code_then_layers() -> None:
    environment = _environment({}, {"PYTHONPATH": "/mine"})

    assert environment["PYTHONPATH"] == "/mine:/task:/opt-merged/python/lib/python3.13/site-packages:/opt-merged/python"
    assert environment["PATH"].endswith(":/opt-merged/bin")
    assert environment["LD_LIBRARY_PATH"] == "/task:/task/lib:/opt-merged/lib"


def test_without_layers_no_path_names_them() -> None:
    environment = _environment({}, {}, Layout(Path("/task"), None, Path("/scratch"), Path("/runtime")))

    assert environment["PYTHONPATH"] == "/task"
    assert not [name for name, value in environment.items() if "opt" in value]
