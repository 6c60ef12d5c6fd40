"""The front end over the services' own code, all in process: from a browser to the stores, which are fakes."""

from chalicelib.devices.api import FleetApi
from chalicelib.devices.fleet import Fleet
from tests.fakes.front_end import World
from tests.fakes.query_world import QueryWorld


def front_end_of(behind: QueryWorld) -> World:
    """A front end whose services read what `behind` holds."""
    fleet = FleetApi(Fleet(behind.documents, behind.series, behind.clock), behind.failures.append)
    return World({"devices": fleet.handle, "query": behind.api.handle})
