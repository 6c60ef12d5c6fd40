"""Functions through LocalStack's Lambda API, as a client of AWS sees them."""

import base64
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulator.lambda_.local import RUNTIME, Deployer, LocalStack, until, zipped


@pytest.fixture(scope="module")
def seen(deploy: Deployer) -> dict[str, Any]:
    """What a function sees around itself."""
    function = deploy("echo", Environment={"Variables": {"STAGE": "test", "TZ": "Europe/Zurich"}}, MemorySize=192, Timeout=7)
    return {"name": function.name, **function.answer({"angle": 1})}


def test_function_sees_its_variables_and_those_of_aws(seen: dict[str, Any]) -> None:
    expected = {
        "STAGE": "test",
        "AWS_LAMBDA_FUNCTION_NAME": seen["name"],
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "192",
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{RUNTIME}",
        "_HANDLER": "echo.handler",
        "LAMBDA_TASK_ROOT": seen["cwd"],
    }
    assert {name: seen["env"].get(name) for name in expected} == expected


def test_function_sees_nothing_of_localstacks_process(seen: dict[str, Any]) -> None:
    assert "SECRET_OF_THE_HOST" not in seen["env"]
    assert [name for name in seen["env"] if "LOCALSTACK" in name] == []


def test_function_runs_in_its_code_folder_with_module_path_first(seen: dict[str, Any]) -> None:
    assert Path(seen["path"][0]) == Path(seen["cwd"])


def test_function_reaches_aws_through_localstack_with_credentials(seen: dict[str, Any], localstack: LocalStack) -> None:
    assert seen["env"]["AWS_ENDPOINT_URL"] == f"http://127.0.0.1:{localstack.port}"
    assert all(seen["env"][name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"))


def test_context_has_arn_and_deadline(seen: dict[str, Any]) -> None:
    assert seen["arn"] == f"arn:aws:lambda:eu-west-1:000000000000:function:{seen['name']}"
    assert 5000 < seen["remaining_ms"] <= 7000


def test_packages_of_the_zip_are_imported(deploy: Deployer) -> None:
    code = "from own_package import VALUE\ndef handler(event, context): return VALUE\n"
    function = deploy("echo", Handler="main.handler", files={"main.py": code, "own_package/__init__.py": "VALUE = 'own'\n"})

    assert function.answer() == "own"


def test_boto3_is_there_and_talks_to_localstack(deploy: Deployer) -> None:
    code = "import boto3\ndef handler(event, context): return boto3.client('sts').get_caller_identity()['Account']\n"

    assert deploy("echo", Handler="main.handler", files={"main.py": code}).answer() == "000000000000"


def test_client_context_reaches_the_function(deploy: Deployer) -> None:
    header = base64.b64encode(json.dumps({"custom": {"trial": "7"}}).encode()).decode()

    assert deploy("echo").answer(ClientContext=header)["client_context"] == {"trial": "7"}


def test_trace_header_reaches_the_function(deploy: Deployer) -> None:
    assert deploy("echo").answer()["env"]["_X_AMZN_TRACE_ID"].startswith("Root=1-")


def test_warm_environment_is_used_again(deploy: Deployer) -> None:
    function = deploy("counting")

    assert [function.answer()["count"] for _ in range(3)] == [1, 2, 3]


def test_concurrent_events_run_in_processes_of_their_own(deploy: Deployer, tmp_path: Path) -> None:
    function = deploy("sleeping", Timeout=60)
    arrived = [tmp_path / f"pid-{number}" for number in range(4)]
    event = {"seconds": 50, "until": str(tmp_path / "all arrived")}

    with ThreadPoolExecutor(4) as pool:
        pids = pool.map(lambda file: function.answer({**event, "file": str(file)})["pid"], arrived)
        until(lambda: all(file.exists() for file in arrived))
        (tmp_path / "all arrived").touch()

    assert len(set(pids)) == 4


def test_reserved_concurrency_throttles(deploy: Deployer, tmp_path: Path) -> None:
    function = deploy("sleeping", Timeout=60)
    function.client.put_function_concurrency(FunctionName=function.name, ReservedConcurrentExecutions=1)
    event = {"seconds": 50, "file": str(tmp_path / "pid"), "until": str(tmp_path / "refused")}
    busy = threading.Thread(target=lambda: function.answer(event))
    busy.start()
    until((tmp_path / "pid").exists)

    with pytest.raises(ClientError) as refused:
        function.invoke({"seconds": 0})

    (tmp_path / "refused").touch()
    busy.join()
    assert refused.value.response["Error"]["Code"] == "TooManyRequestsException"
    assert function.answer({"seconds": 0})


def test_time_out_is_aws_error(deploy: Deployer) -> None:
    result = deploy("sleeping", Timeout=1).invoke({"seconds": 20, "busy": True})

    assert (result["status"], result["error"]) == (200, "Unhandled")
    assert result["body"]["errorType"] == "Sandbox.Timedout"
    assert result["body"]["errorMessage"].endswith("Error: Task timed out after 1.00 seconds")


def test_initialisation_error_is_answered(deploy: Deployer) -> None:
    result = deploy("broken_import").invoke()

    assert (result["error"], result["body"]["errorType"]) == ("Unhandled", "Runtime.ImportModuleError")


def test_killed_worker_is_an_error_and_the_next_event_works(deploy: Deployer) -> None:
    function = deploy("failing")

    result = function.invoke({"how": "signal", "signal": 9})

    assert result["body"]["errorMessage"].endswith("Error: Runtime exited with error: signal: killed")
    assert function.answer() == "well"


def test_event_above_six_megabytes_is_refused(deploy: Deployer) -> None:
    function = deploy("failing")

    with pytest.raises(ClientError) as refused:
        function.invoke({"padding": "x" * (6 * 1024 * 1024)})

    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 413
    assert refused.value.response["Error"]["Code"] == "RequestTooLargeException"
    assert "byte payload is too large for the RequestResponse invocation type (limit 6291456 bytes)" in str(refused.value)
    assert function.answer({"padding": "x" * (6 * 1024 * 1024 - 20)}) == "well"


def test_asynchronous_event_above_one_megabyte_is_refused(deploy: Deployer) -> None:
    with pytest.raises(ClientError, match=r"for the Event invocation type \(limit 1048576 bytes\)"):
        deploy("failing").invoke({"padding": "x" * (1024 * 1024)}, InvocationType="Event")


def test_asynchronous_event_of_almost_one_megabyte_arrives(deploy: Deployer, tmp_path: Path) -> None:
    function = deploy("sleeping")
    event = {"seconds": 0, "file": str(tmp_path / "pid"), "padding": "x" * (1024 * 1024 - 300)}

    assert function.invoke(event, InvocationType="Event")["status"] == 202

    until((tmp_path / "pid").exists)


def test_event_that_is_no_json_is_refused(deploy: Deployer) -> None:
    with pytest.raises(ClientError, match="Could not parse request body into json"):
        deploy("echo").invoke(Payload=b"{knee")


def test_answer_above_six_megabytes_is_an_error(deploy: Deployer) -> None:
    result = deploy("failing").invoke({"how": "large", "bytes": 7 * 1024 * 1024})

    assert (result["error"], result["body"]["errorType"]) == ("Unhandled", "Function.ResponseSizeTooLarge")


def test_log_tail_and_log_stream_have_the_platforms_and_the_functions_lines(deploy: Deployer, localstack: LocalStack) -> None:
    function = deploy("printing")
    logs = localstack.client("logs")

    tail = function.invoke(LogType="Tail")["log"].splitlines()

    assert "to stdout" in tail
    assert tail[-1].startswith("REPORT RequestId: ")
    group = f"/aws/lambda/{function.name}"
    until(lambda: logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"])
    stored = until(lambda: [event["message"].rstrip("\n") for event in logs.filter_log_events(logGroupName=group)["events"]])
    assert stored == tail


def _layer(localstack: LocalStack, name: str, files: dict[str, str]) -> str:
    answer = localstack.client("lambda").publish_layer_version(LayerName=name, Content={"ZipFile": zipped(files)})
    return str(answer["LayerVersionArn"])


def test_layers_are_merged_and_the_later_one_wins(deploy: Deployer, localstack: LocalStack) -> None:
    first = _layer(localstack, "first", {"python/from_layer.py": "VALUE = 'first'\n", "bin/tool": ""})
    second = _layer(localstack, "second", {"python/from_layer.py": "VALUE = 'second'\n"})

    answer = deploy("layered", Layers=[first, second]).answer()

    assert answer["value"] == "second"
    assert Path(answer["path"].split(":")[-1], "tool").exists()


def test_updated_code_answers_after_the_update(deploy: Deployer) -> None:
    function = deploy("counting")
    function.answer()

    code = zipped({"counting.py": "def handler(event, context): return 'new'\n"})
    function.client.update_function_code(FunctionName=function.name, ZipFile=code)
    until(lambda: function.client.get_function(FunctionName=function.name)["Configuration"]["LastUpdateStatus"] == "Successful")

    assert function.answer() == "new"


def test_published_version_keeps_its_code(deploy: Deployer) -> None:
    function = deploy("counting", Publish=True)
    code = zipped({"counting.py": "def handler(event, context): return 'new'\n"})
    function.client.update_function_code(FunctionName=function.name, ZipFile=code)
    until(lambda: function.client.get_function(FunctionName=function.name)["Configuration"]["LastUpdateStatus"] == "Successful")

    assert function.answer(Qualifier="1")["count"] == 1


def test_runtime_that_is_not_python_fails_with_its_reason(deploy: Deployer) -> None:
    function = deploy("counting", Runtime="nodejs22.x")

    configuration = function.client.get_function(FunctionName=function.name)["Configuration"]

    assert configuration["State"] == "Failed"
    assert "only Python runtimes" in configuration["StateReason"]


def test_deleted_function_leaves_no_process(deploy: Deployer) -> None:
    function = deploy("counting")
    pid = function.answer()["pid"]

    function.client.delete_function(FunctionName=function.name)

    until(lambda: not Path(f"/proc/{pid}").exists())


def test_python_313_is_the_interpreter_of_every_python_runtime(deploy: Deployer) -> None:
    code = "import sys\ndef handler(event, context): return list(sys.version_info[:2])\n"

    answers = [
        deploy("echo", Runtime=runtime, Handler="v.handler", files={"v.py": code}).answer() for runtime in ("python3.12", "python3.14")
    ]

    assert answers[0] == answers[1]
