"""Topics and topic filters: AWS's cases, its limits, and agreement with a naive reading of the rules."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.iot_core.topics import InvalidTopic, basic_ingest, check_topic, check_topic_filter, matches, split_shared
from tests.emulator.iot_rules.case_files import Case, parameters

LEVEL = st.text("ab$", max_size=2)
TOPIC = st.lists(LEVEL, min_size=1, max_size=5).map("/".join)
FILTER = st.tuples(st.lists(LEVEL | st.just("+"), max_size=5), st.sampled_from([[], ["#"]])).map(
    lambda parts: "/".join(parts[0] + parts[1])
)


def is_valid_filter(topic_filter: str) -> bool:
    try:
        check_topic_filter(topic_filter)
    except InvalidTopic:
        return False
    return True


def is_valid_topic(topic: str) -> bool:
    try:
        check_topic(topic)
    except InvalidTopic:
        return False
    return True


def naive(wanted: list[str], levels: list[str]) -> bool:
    """Level by level: # stands for one or more levels, + for exactly one."""
    if not wanted:
        return not levels
    if wanted == ["#"]:
        return bool(levels)
    return bool(levels) and wanted[0] in ("+", levels[0]) and naive(wanted[1:], levels[1:])


@pytest.mark.parametrize("case", parameters("topic_filter"))
def test_the_developer_guides_case_holds(case: Case) -> None:
    subscribable = case["valid_filter"] and case.get("subscribable", True)

    assert matches(case["filter"], case["topic"]) is case["matches"]
    assert is_valid_filter(case["filter"]) is subscribable
    assert is_valid_topic(case["topic"]) is case.get("valid_topic", True)


@given(FILTER, TOPIC)
def test_matching_agrees_with_a_level_by_level_reading(topic_filter: str, topic: str) -> None:
    hidden = topic.startswith("$") and topic_filter[:1] in ("+", "#")

    assert matches(topic_filter, topic) is (not hidden and naive(topic_filter.split("/"), topic.split("/")))


@given(TOPIC)
def test_a_topic_matches_itself_as_a_filter(topic: str) -> None:
    assert matches(topic, topic)


@given(st.text())
def test_any_text_is_checked_without_another_error(text: str) -> None:
    if is_valid_topic(text) and basic_ingest(text) is None:
        assert is_valid_filter(text)


@given(st.text())
def test_a_valid_topic_is_within_the_limits(text: str) -> None:
    if is_valid_topic(text) and basic_ingest(text) is None:
        assert 0 < len(text.encode()) <= 256
        assert text.count("/") <= 7
        assert not {"+", "#", "\0"} & set(text)


@pytest.mark.parametrize("topic", ["", "a\0b", "a/+", "#", "x" * 257, "é" * 129, "a/b/c/d/e/f/g/h/i", "$SYS/x", "$aws/rules/", "\ud800"])
def test_a_topic_that_cannot_be_published_to(topic: str) -> None:
    with pytest.raises(InvalidTopic):
        check_topic(topic)


@pytest.mark.parametrize("topic", ["x" * 256, "a/b/c/d/e/f/g/h", "/", " ", "$aws/things/t/shadow/name/n/update/accepted", "$aws/rules/r"])
def test_a_topic_at_the_limit_can_be_published_to(topic: str) -> None:
    check_topic(topic)


def test_the_mandatory_segments_of_basic_ingest_count_towards_no_limit() -> None:
    check_topic("$aws/rules/" + "r" * 100 + "/" + "a/b/c/d/e/f/g/" + "x" * 240)


def test_a_basic_ingest_topic_beyond_the_limits_after_its_prefix() -> None:
    with pytest.raises(InvalidTopic):
        check_topic("$aws/rules/r/a/b/c/d/e/f/g/h/i")


@pytest.mark.parametrize(
    "topic_filter", ["", "a#", "a/#/b", "a+/b", "+a", "##", "a/b/c/d/e/f/g/h/i", "$aws/rules/r/#", "$share/g", "$share//a", "$share/+/a"]
)
def test_a_filter_that_cannot_be_subscribed_to(topic_filter: str) -> None:
    with pytest.raises(InvalidTopic):
        check_topic_filter(topic_filter)


def test_the_prefix_of_a_shared_subscription_counts_towards_no_limit() -> None:
    check_topic_filter("$share/group/a/b/c/d/e/f/g/h")


def test_a_shared_subscription_is_split() -> None:
    assert split_shared("$share/group/a/+") == ("group", "a/+")
    assert split_shared("a/+") == (None, "a/+")


@pytest.mark.parametrize(
    ("topic", "parts"), [("$aws/rules/r/a/b", ("r", "a/b")), ("$aws/rules/r", ("r", "")), ("$aws/things/r", None), ("a/$aws/rules/r", None)]
)
def test_basic_ingest_topics_are_recognised(topic: str, parts: tuple[str, str] | None) -> None:
    assert basic_ingest(topic) == parts
