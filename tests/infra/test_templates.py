"""The templates: clean for cfn-lint as they are deployed, least privilege in every role, and the promises that other parts rely on."""

import json
from pathlib import Path
from typing import Any

import pytest
from cfnlint.api import lint

from infra.package import functions_template
from infra.template import TEMPLATES, Template, load, parameters_of

CAPABILITIES = sorted(path.stem for path in TEMPLATES.glob("*.yaml") if path.stem != "functions")


@pytest.fixture(scope="module")
def functions() -> Template:
    return functions_template(None, "artifacts")


WITHOUT_RESOURCES = {"cloudwatch:GetMetricData", "cloudwatch:ListMetrics", "dms:DescribeReplicationTasks"}
"""Actions for which IAM knows no resources (service authorization reference, Amazon CloudWatch and AWS DMS)."""


def _findings(template: Template) -> list[str]:
    """Errors and warnings; what cfn-lint says for information only is left out, as on its command line."""
    return [
        f"{match.rule.id} {match.path}: {match.message}"
        for match in lint(json.dumps(template), regions=["eu-west-1"])
        if match.rule.id[0] in "EW"
    ]


@pytest.mark.parametrize("capability", CAPABILITIES)
def test_a_template_is_clean_for_cfn_lint(capability: str) -> None:
    assert _findings(load(capability)) == []


def test_the_packaged_functions_are_clean_for_cfn_lint(functions: Template) -> None:
    assert _findings(functions) == []


def _statements(template: Template) -> list[dict[str, Any]]:
    roles = [r for r in template["Resources"].values() if r["Type"] == "AWS::IAM::Role"]
    found = [s for role in roles for policy in role["Properties"].get("Policies", []) for s in policy["PolicyDocument"]["Statement"]]
    return [s["Fn::If"][1] if "Fn::If" in s else s for s in found]


@pytest.mark.parametrize("name", ["iot", "functions"])
def test_no_role_may_do_everything_or_act_on_everything(name: str, functions: Template) -> None:
    statements = _statements(functions if name == "functions" else load(name))
    assert statements
    for statement in statements:
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        assert not [action for action in actions if "*" in action], statement
        assert statement["Resource"] != "*" or set(actions) <= WITHOUT_RESOURCES, statement


def test_every_function_has_a_role_of_its_own_and_a_log_group_that_ends(functions: Template) -> None:
    lambdas = {name: r for name, r in functions["Resources"].items() if r["Type"] == "AWS::Serverless::Function"}
    assert set(lambdas) == {"Ingest", "Devices", "Project", "Query", "APIHandler"}
    roles = [json.dumps(r["Properties"]["Role"]) for r in lambdas.values()]
    assert len(set(roles)) == len(roles)
    groups = [r["Properties"] for r in functions["Resources"].values() if r["Type"] == "AWS::Logs::LogGroup"]
    assert len(groups) == len(lambdas)
    assert all("RetentionInDays" in group for group in groups)


@pytest.mark.parametrize("name", ["IngestMapping", "ProjectMapping"])
def test_a_stream_is_read_with_partial_batch_responses_and_good_records_are_never_given_up(functions: Template, name: str) -> None:
    mapping = functions["Resources"][name]["Properties"]
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["MaximumRetryAttempts"] == -1
    assert mapping["MaximumRecordAgeInSeconds"] == -1


def test_the_stream_has_at_least_three_shards() -> None:
    shards = load("telemetry")["Parameters"]["TelemetryShards"]
    assert shards["Default"] >= 3
    assert shards["MinValue"] >= 3


def test_no_template_holds_a_password() -> None:
    for path in Path(TEMPLATES).glob("*.yaml"):
        assert 'MasterUserPassword: !Sub "{{resolve:secretsmanager' in path.read_text() or "MasterUserPassword" not in path.read_text()
    assert load("database_external")["Parameters"]["OwnerPassword"]["NoEcho"] is True


def test_a_stack_gets_the_values_that_it_declares_and_no_others() -> None:
    template: Template = {"Parameters": {"Stage": {}, "Shards": {"Default": 3}}}
    assert parameters_of(template, {"Stage": "local", "DatabasePassword": "s3cret"}) == {"Stage": "local"}
