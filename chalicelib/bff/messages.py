"""What requests and answers look like. The handlers use these types, and the OpenAPI document is made from them.

Lists and objects are the services' own types. What a service answers is read into its type: nothing else reaches a browser.
"""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, field

from chalicelib.domain.identifiers import DEVICE_NAME, IDENTIFIER, WORD
from chalicelib.query.recent import Recent
from chalicelib.service.objects import DeviceObject
from chalicelib.service.responses import Page as ServicePage

Limit = Annotated[int, Meta(ge=1, le=200)]
Cursor = Annotated[str, Meta(min_length=1, max_length=1024)]
SearchText = Annotated[str, Meta(min_length=1, max_length=200)]
# `^` and `$` as ECMA 262 knows them, which is what JSON Schema speaks.
Name = Annotated[str, Meta(pattern=f"^{IDENTIFIER}$")]
DeviceName = Annotated[str, Meta(pattern=f"^{DEVICE_NAME}$")]
Word = Annotated[str, Meta(pattern=f"^{WORD}$")]
Time = Annotated[str, Meta(min_length=1, max_length=40, extra_json_schema={"format": "date-time"})]


class ErrorDetail(Struct, frozen=True):
    """What went wrong: a code for machines, a sentence for people, and the id under which the logs tell more."""

    code: str
    message: str
    correlation_id: str


class Error(Struct, frozen=True):
    """The one shape of errors."""

    error: ErrorDetail


class SignIn(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a sign-in."""

    email: Annotated[str, Meta(min_length=3, max_length=254)]
    password: Annotated[str, Meta(min_length=1, max_length=256)]


class User(Struct, frozen=True):
    """Who is signed in; an operator has no tenant."""

    id: str
    email: str
    role: str
    tenant: str | None


class SessionState(Struct, frozen=True):
    """The session of a person, and what a change needs in its `X-CSRF-Token` header."""

    user: User
    csrf_token: str
    expires_at: str
    """When the cookie ends, unless it is refreshed before."""


class Page(Struct, frozen=True):
    """The parameters of a list without filters."""

    limit: Limit | UnsetType = UNSET
    cursor: Cursor | UnsetType = UNSET


class DeviceFilter(Page, frozen=True):
    """The parameters of the list of devices."""

    q: SearchText | UnsetType = UNSET
    online: bool | UnsetType = UNSET


class MemberFilter(Page, frozen=True):
    """The parameters of the list of members."""

    q: SearchText | UnsetType = UNSET


class SessionFilter(Page, frozen=True):
    """The parameters of the list of sessions; times bound when a session started."""

    member_id: Name | UnsetType = UNSET
    device_id: DeviceName | UnsetType = UNSET
    exercise: Word | UnsetType = UNSET
    since: Time | UnsetType = field(name="from", default=UNSET)
    until: Time | UnsetType = field(name="to", default=UNSET)
    q: SearchText | UnsetType = UNSET


class SearchQuery(Struct, frozen=True):
    """The parameters of the search."""

    q: SearchText
    limit: Limit | UnsetType = UNSET


class SeriesQuery(Struct, frozen=True):
    """Which values: of one metric, from an instant (inclusive) to another (exclusive)."""

    metric: Word
    since: Time | UnsetType = field(name="from", default=UNSET)
    until: Time | UnsetType = field(name="to", default=UNSET)
    resolution: Literal["raw", "minute", "hour", "day"] = "raw"


class Point(Struct, frozen=True, gc=False):
    """A value and when it was measured, or a bucket's rollup and its first instant."""

    at: str
    value: float | UnsetType = UNSET
    count: int | UnsetType = UNSET
    min: float | UnsetType = UNSET
    max: float | UnsetType = UNSET
    sum: float | UnsetType = UNSET
    mean: float | UnsetType = UNSET


class Series(Struct, frozen=True, rename={"start": "from", "end": "to"}):
    """Points in the order of time: values where `resolution` is `raw`, else rollups. `next_from` leads on when `truncated`."""

    device_id: str
    metric: str
    unit: str | None
    resolution: Literal["raw", "minute", "hour", "day"]
    start: str
    end: str
    points: list[Point]
    truncated: bool
    next_from: str | None


class ProgressQuery(Struct, frozen=True):
    """The days to show; times bound them."""

    since: Time | UnsetType = field(name="from", default=UNSET)
    until: Time | UnsetType = field(name="to", default=UNSET)


class Home(Struct, frozen=True):
    """What the first page shows; `missing` names the parts that did not answer."""

    recent: Recent | None
    devices: ServicePage[DeviceObject] | None
    missing: list[str]


class ServerSentEvent(Struct, frozen=True):
    """One event of a stream: the position behind it, what happened, and the object's new state as JSON."""

    id: str
    event: str
    data: str


class Component(Struct, frozen=True):
    """How one part of the platform is."""

    name: str
    status: str
    figures: dict[str, float] = field(default_factory=dict)


class Health(Struct, frozen=True):
    """How the platform is: `ok`, or `degraded` when a component does not answer."""

    status: str
    components: list[Component]
