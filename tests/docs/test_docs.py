"""The documents against what they describe: commands, links, decisions, settings, parity rows."""

import re
from pathlib import Path

import pytest

from tests.docs import settings_reference

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "localstack/README.md", *ROOT.glob("iot/**/README.md")])
GUIDES = [page for page in PAGES if page.parent.name in ("operations", "architecture", "reference") or page == ROOT / "README.md"]
ADRS = sorted((ROOT / "docs/adr").glob("*.md"))


def _name(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_make_command_named_is_a_target(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"`make ([a-z]+)", page.read_text())) | set(re.findall(r"^\$ make ([a-z]+)", page.read_text(), re.MULTILINE))
    assert named <= targets


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_folder_of_the_project_named_exists(page: Path) -> None:
    named = re.findall(r"`((?:chalicelib|iot|infra|localstack|tests|bench|docs)/[\w/.\-]*)`", page.read_text())
    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("page", GUIDES, ids=_name)
def test_every_guide_ends_with_how_to_test_it_and_what_to_do_when_it_goes_wrong(page: Path) -> None:
    headings = " ".join(re.findall(r"^## (.+)$", page.read_text(), re.MULTILINE)[-2:]).lower()
    assert "how to test it" in headings
    assert "when it goes wrong" in headings


@pytest.mark.parametrize("page", ADRS, ids=_name)
def test_every_decision_has_its_number_a_status_and_fits_a_page(page: Path) -> None:
    text = page.read_text()
    assert text.startswith(f"# {int(page.name[:4])}. ")
    assert "\nStatus: " in text
    assert len(text.splitlines()) <= 60


def test_decisions_are_numbered_without_a_gap() -> None:
    assert [int(page.name[:4]) for page in ADRS] == list(range(1, len(ADRS) + 1))


def _parity_rows() -> list[list[str]]:
    lines = (ROOT / "localstack/README.md").read_text().splitlines()
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines if line.startswith("| ") and "tests/" in line]
    return [row for row in rows if len(row) == 4]


def test_every_parity_row_names_a_test_that_exists() -> None:
    rows = _parity_rows()
    assert len(rows) >= 20
    missing = []
    for row in rows:
        for file, test in re.findall(r"`(tests/[\w/.]+\.py)(?:::(\w+))?`", row[3]):
            source = ROOT / file
            if not source.is_file() or (test and f"def {test}(" not in source.read_text()):
                missing.append(f"{file}::{test}")
    assert missing == []


def test_every_parity_table_row_has_a_test() -> None:
    table = (ROOT / "localstack/README.md").read_text().split("## Parity", 1)[1].split("\n## ", 1)[0]
    rows = [line for line in table.splitlines() if line.startswith("| ") and not line.startswith(("| ---", "| behaviour"))]
    assert [row for row in rows if "`tests/" not in row] == []


def test_every_setting_of_the_emulator_is_documented() -> None:
    settings = set(re.findall(r'"(EMULATOR_[A-Z_]+)"', (ROOT / "localstack/emulator/settings.py").read_text()))
    documented = (ROOT / "localstack/README.md").read_text()
    assert settings
    assert [name for name in sorted(settings) if name not in documented] == []


def test_the_reference_of_settings_says_what_the_code_says() -> None:
    assert settings_reference.PAGE.read_text() == settings_reference.page()


def test_no_lock_file_names_a_registry() -> None:
    locks = [*ROOT.glob("requirements/*.lock"), *ROOT.glob("localstack/*.lock")]
    assert len(locks) == 4
    assert [lock.name for lock in locks if "://" in lock.read_text() or "--index-url" in lock.read_text()] == []
