"""The registry's file: transactions, links and pages."""

import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.iot.errors import InvalidRequestError
from emulator.iot.operation import by_token
from emulator.iot.registry import Registry

ACCOUNT, REGION = "000000000000", "eu-west-1"


def test_what_a_session_changed_is_there_for_the_next_process(tmp_path: Path) -> None:
    first = Registry(tmp_path / "registry.sqlite")
    with first.session(ACCOUNT, REGION) as session:
        session.put("thing", "a", {"n": 1})
        session.link("policy", "cert", "p")
    second = Registry(tmp_path / "registry.sqlite")
    with second.session(ACCOUNT, REGION) as session:
        assert session.find("thing", "a") == {"n": 1}
        assert list(session.sources("policy", "p")) == ["cert"]
    first.close()
    second.close()


def test_a_session_that_fails_changes_nothing(tmp_path: Path) -> None:
    registry = Registry(tmp_path / "registry.sqlite")
    with pytest.raises(InvalidRequestError):
        _change_and_fail(registry)
    with registry.session(ACCOUNT, REGION) as session:
        assert session.find("thing", "a") is None
    registry.close()


def _change_and_fail(registry: Registry) -> None:
    with registry.session(ACCOUNT, REGION) as session:
        session.put("thing", "a", {})
        raise InvalidRequestError("no")


def test_accounts_and_regions_do_not_see_each_other(tmp_path: Path) -> None:
    registry = Registry(tmp_path / "registry.sqlite")
    with registry.session(ACCOUNT, REGION) as session:
        session.put("thing", "a", {})
    for scope in ((ACCOUNT, "us-east-1"), ("111111111111", REGION)):
        with registry.session(*scope) as session:
            assert list(session.documents("thing")) == []
    registry.close()


def test_sessions_of_many_threads_lose_no_count(tmp_path: Path) -> None:
    registry = Registry(tmp_path / "registry.sqlite")

    def count() -> None:
        for _ in range(20):
            with registry.session(ACCOUNT, REGION) as session:
                session.put("counter", "c", {"n": (session.find("counter", "c") or {"n": 0})["n"] + 1})

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with registry.session(ACCOUNT, REGION) as session:
        assert session.find("counter", "c") == {"n": 80}
    registry.close()


@settings(max_examples=50)
@given(st.sets(st.text(min_size=1, max_size=8)), st.integers(1, 5))
def test_pages_hold_every_item_once_in_order(names: set[str], size: int) -> None:
    ordered = sorted(names)
    listed: list[str] = []
    token: str | None = None
    while True:
        request = {"maxResults": size, "nextToken": token}
        answer = by_token(request, "items", lambda after: ((name, name) for name in ordered if name > after))
        listed += answer["items"]
        assert len(answer["items"]) <= size
        token = answer.get("nextToken")
        if token is None:
            break
    assert listed == ordered
