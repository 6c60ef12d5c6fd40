"""Reads the case files beside it: what the AWS IoT Core developer guide says, one case a fact."""

import json
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parent / "cases"

type Case = dict[str, Any]


def load(name: str) -> list[Case]:
    """All cases of ``<name>_cases.json``."""
    cases: list[Case] = json.loads((FOLDER / f"{name}_cases.json").read_text(encoding="utf-8"))
    return cases


def parameters(name: str) -> list[Any]:
    """The same as pytest parameters. A case that the pages leave open is reported, never a gate."""
    open_case = pytest.mark.xfail(reason="the developer guide does not say", strict=False)
    return [pytest.param(case, id=case["id"], marks=[open_case] if case.get("ambiguous") else []) for case in load(name)]
