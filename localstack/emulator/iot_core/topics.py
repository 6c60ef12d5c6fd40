"""The grammar of MQTT topics and topic filters as AWS IoT Core speaks it. Pure.

AWS differs from MQTT 3.1.1 in places: ``sensor/#`` does not match ``sensor``, topics and filters are short and shallow, and
``$aws/rules/…`` (Basic Ingest) can be published to but never subscribed to.
Sources: the developer guide's pages on topics, MQTT, reserved topics and Basic Ingest; the quotas page for the limits.
"""

TOPIC_LIMIT_BYTES = 256
SLASH_LIMIT = 7
BASIC_INGEST_PREFIX = "$aws/rules/"
SHARED_PREFIX = "$share/"
RESERVED_PREFIX = "$aws/"


class InvalidTopic(ValueError):  # noqa: N818 - the protocol's own word
    """A topic or topic filter that AWS IoT Core would refuse; the message says why."""


def matches(topic_filter: str, topic: str) -> bool:
    """Whether a message on ``topic`` reaches a subscription or rule with ``topic_filter``.

    ``topic_filter`` is the plain filter, without ``$share/<group>/``. Both are taken as checked; an invalid one matches nothing
    that its levels do not spell.
    """
    if topic.startswith(BASIC_INGEST_PREFIX) or "+" in topic or "#" in topic:
        return False
    if topic.startswith("$") and topic_filter.startswith(("+", "#")):
        return False
    return _levels_match(topic_filter.split("/"), topic.split("/"))


def check_topic(topic: str) -> None:
    """Raise InvalidTopic unless a client may publish to ``topic``."""
    ingest = basic_ingest(topic)
    if ingest is None:
        _check_text(topic)
        _check_reserved(topic, RESERVED_PREFIX)
    else:
        rule, rest = ingest
        _check_ingest(rule, rest)
    if "+" in topic or "#" in topic:
        raise InvalidTopic("a topic that is published to must not contain the wildcards + and #")


def check_topic_filter(topic_filter: str) -> None:
    """Raise InvalidTopic unless a client may subscribe to ``topic_filter``, a shared subscription's included."""
    _, plain = split_shared(topic_filter)
    _check_text(plain)
    _check_reserved(plain, RESERVED_PREFIX)
    if plain.startswith(BASIC_INGEST_PREFIX) or plain == BASIC_INGEST_PREFIX.rstrip("/"):
        raise InvalidTopic("Basic Ingest topics cannot be subscribed to")
    _check_wildcards(plain.split("/"))


def basic_ingest(topic: str) -> tuple[str, str] | None:
    """The rule's name and the rest of the topic when ``topic`` is ``$aws/rules/<name>[/<rest>]``, else None."""
    if not topic.startswith(BASIC_INGEST_PREFIX):
        return None
    rule, _, rest = topic.removeprefix(BASIC_INGEST_PREFIX).partition("/")
    return rule, rest


def split_shared(topic_filter: str) -> tuple[str | None, str]:
    """The share's name, or None, and the filter proper. Raises InvalidTopic for a malformed ``$share/<name>/<filter>``."""
    if not topic_filter.startswith(SHARED_PREFIX):
        return None, topic_filter
    name, slash, plain = topic_filter.removeprefix(SHARED_PREFIX).partition("/")
    if not name or not slash or "+" in name or "#" in name:
        raise InvalidTopic("a shared subscription is $share/<name>/<topic filter>, its name without wildcards")
    return name, plain


def _levels_match(wanted: list[str], levels: list[str]) -> bool:
    last = len(wanted) - 1
    for index, level in enumerate(wanted):
        if level == "#":
            return index == last and index < len(levels)
        if index >= len(levels) or (level not in ("+", levels[index])):
            return False
    return len(wanted) == len(levels)


def _check_ingest(rule: str, rest: str) -> None:
    """The mandatory segments ``$aws/rules/<name>/`` count towards neither limit."""
    if not rule:
        raise InvalidTopic("a Basic Ingest topic must name its rule: $aws/rules/<name>/…")
    _check_text(rule)
    if rest:
        _check_text(rest)


def _check_text(text: str) -> None:
    if not text:
        raise InvalidTopic("a topic must not be empty")
    if "\x00" in text:
        raise InvalidTopic("a topic must not contain the null character")
    if _size_bytes(text) > TOPIC_LIMIT_BYTES:
        raise InvalidTopic(f"a topic has at most {TOPIC_LIMIT_BYTES} bytes of UTF-8")
    if text.count("/") > SLASH_LIMIT:
        raise InvalidTopic(f"a topic has at most {SLASH_LIMIT} slashes")


def _size_bytes(text: str) -> int:
    try:
        return len(text.encode())
    except UnicodeEncodeError as error:
        raise InvalidTopic("a topic must be valid UTF-8") from error


def _check_reserved(text: str, allowed: str) -> None:
    if text.startswith("$") and not text.startswith(allowed):
        raise InvalidTopic(f"topics that begin with $ are reserved: only {allowed}… exists")


def _check_wildcards(levels: list[str]) -> None:
    for index, level in enumerate(levels):
        if "#" in level and (level != "#" or index != len(levels) - 1):
            raise InvalidTopic("# must be alone in the last level of a topic filter")
        if "+" in level and level != "+":
            raise InvalidTopic("+ must be alone in its level of a topic filter")
