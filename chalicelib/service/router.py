"""Routes a request to what answers it, and maps errors to statuses: the same for every service."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from chalicelib.domain.errors import (
    ForbiddenError,
    InvalidCursorError,
    InvalidRequestError,
    NotBuiltError,
    NotFoundError,
    RequestError,
    RetryableError,
    TakenError,
)
from chalicelib.ports import Clock
from chalicelib.service.parameters import Parameters
from chalicelib.service.requests import Caller, Deadline, Request, caller_of, deadline_of, read_request
from chalicelib.service.responses import Answer, failure, response

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_STATUS: dict[type[RequestError], tuple[int, str]] = {
    InvalidRequestError: (400, "invalid_request"),
    InvalidCursorError: (400, "invalid_cursor"),
    ForbiddenError: (403, "forbidden"),
    NotFoundError: (404, "not_found"),
    TakenError: (409, "taken"),
    NotBuiltError: (501, "not_implemented"),
}


@dataclass(frozen=True, slots=True)
class Call:
    """A request that found its route; `names` are what the path's placeholders stand for."""

    caller: Caller
    names: dict[str, str]
    query: Parameters
    body: object
    deadline: Deadline


@dataclass(frozen=True, slots=True)
class Route:
    """What answers requests to a path: `/sessions/{session_id}`. The answer is a 200's body, or an `Answer`."""

    method: str
    path: str
    answer: Callable[[Call], object]
    pattern: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "pattern", re.compile(_PLACEHOLDER.sub(r"(?P<\1>[^/]+)", self.path)))


class Router:
    """Answers requests by its routes."""

    def __init__(self, routes: Sequence[Route], clock: Clock, log_failure: Callable[[str], None]) -> None:
        self.routes = tuple(routes)
        self._clock = clock
        self._log_failure = log_failure

    def handle(self, event: object) -> dict[str, Any]:
        """Answers one request; never raises."""
        correlation_id = None
        try:
            request = read_request(event)
            correlation_id = request.correlation_id
            answer = self._answer(request)
            return response(answer.status, answer.body)
        except RequestError as error:
            status, code = _STATUS[type(error)]
            return response(status, failure(code, str(error), correlation_id))
        except RetryableError:
            self._log_failure("A service behind this one does not answer")
            return response(503, failure("unavailable", "What this answer needs does not respond; try again.", correlation_id))
        except Exception:  # noqa: BLE001 - the last resort: a caller gets an answer, the log gets the trace
            self._log_failure("A request failed")
            return response(500, failure("internal", "The request failed.", correlation_id))

    def _answer(self, request: Request) -> Answer:
        for route in self.routes:
            if route.method == request.method and (found := route.pattern.fullmatch(request.path)):
                deadline = deadline_of(request, self._clock)
                call = Call(caller_of(request), found.groupdict(), Parameters(request.query), request.body, deadline)
                answer = route.answer(call)
                return answer if isinstance(answer, Answer) else Answer(200, answer)
        raise NotFoundError(f"There is no {request.method} {request.path}")
