"""The reference page of the functions' settings, made from the settings themselves: `python -m tests.docs.settings_reference`."""

import inspect
from dataclasses import fields, is_dataclass
from pathlib import Path

from chalicelib import config

PAGE = Path(__file__).resolve().parent.parent.parent / "docs/reference/settings.md"
_HEAD = """\
# Settings of the functions

Made from `chalicelib/config.py`; a test holds it to the code. The deployment sets them in `infra/templates/functions.yaml`.

| setting | unit | default | needed by | meaning |
| --- | --- | --- | --- | --- |
"""
_TAIL = """
## How to test it, and when it goes wrong

A missing or bad value stops a function at its first invocation with one sentence that names the setting. `make check` fails when this page
is not what the code says; make it anew with `.venv/bin/python -m tests.docs.settings_reference`.
"""


def page() -> str:
    """The page's text."""
    rows: dict[str, tuple[str, str, str, list[str]]] = {}
    for name, settings in inspect.getmembers(config, is_dataclass):
        for it in fields(settings):
            about = it.metadata
            default = "-" if about["default"] is None else f"`{about['default']}`"
            _, _, _, users = rows.setdefault(about["variable"], (about["unit"] or "-", default, about["help"], []))
            users.append(name.removesuffix("Settings").lower())
    lines = [f"| `{v}` | {unit} | {default} | {', '.join(users)} | {text} |" for v, (unit, default, text, users) in sorted(rows.items())]
    return _HEAD + "\n".join(lines) + "\n" + _TAIL


if __name__ == "__main__":
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page())
