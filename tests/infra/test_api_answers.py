"""What API Gateway answers by itself: the same shape of errors as the back end's own, never kept by anybody."""

import json
from typing import Any

import pytest

from infra.package import functions_template


@pytest.fixture(scope="module")
def answers() -> dict[str, Any]:
    responses: dict[str, Any] = functions_template(None, "artifacts")["Resources"]["RestAPI"]["Properties"]["GatewayResponses"]
    return responses


def _body(answer: dict[str, Any]) -> Any:
    """The body as API Gateway makes it; `messageString` comes with its quotes."""
    (template,) = answer["ResponseTemplates"].values()
    return json.loads(template.replace("$context.error.messageString", '"why"').replace("$context.requestId", "r-1"))


def test_every_answer_of_both_classes_has_the_one_shape_of_errors(answers: dict[str, Any]) -> None:
    assert answers.keys() >= {"DEFAULT_4XX", "DEFAULT_5XX"}
    for answer in answers.values():
        error = _body(answer)["error"]
        assert error.keys() == {"code", "message", "correlation_id"}
        assert error["correlation_id"] == "r-1"
        assert answer["ResponseParameters"]["Headers"]["Cache-Control"] == "'no-store'"


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("MISSING_AUTHENTICATION_TOKEN", 404, "not_found"),
        ("REQUEST_TOO_LARGE", 413, "too_large"),
        ("THROTTLED", 429, "too_many_requests"),
        ("INTEGRATION_TIMEOUT", 504, "unavailable"),
    ],
)
def test_what_a_caller_can_act_on_has_a_code_of_its_own(answers: dict[str, Any], kind: str, status: int, code: str) -> None:
    assert (answers[kind]["StatusCode"], _body(answers[kind])["error"]["code"]) == (status, code)
