"""The routes of the service `devices` for people, on fakes."""

import json
from typing import Any

from chalicelib.devices.api import FleetApi
from chalicelib.devices.fleet import Fleet
from tests.fakes.query_world import THERAPIST, QueryWorld


class FleetWorld(QueryWorld):
    """The service `devices` over the same fakes, asked by a therapist of tenant t-1 unless said otherwise."""

    def __init__(self) -> None:
        super().__init__()
        self.api = FleetApi(Fleet(self.documents, self.series, self.clock), self.failures.append)

    def put(self, path: str, body: object, headers: dict[str, str] = THERAPIST) -> tuple[int, Any]:
        """A PUT."""
        answer = self.api.handle({"method": "PUT", "path": path, "body": body, "headers": headers})
        json.dumps(answer)
        return answer["status"], answer["body"]
