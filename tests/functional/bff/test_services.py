"""Pages made of what the services answer."""



from tests.fakes.front_end import World

DEVICE = {
    "device_id": "d-1",
    "tenant_id": "clinic-north",
    "member_id": "m-1",
    "status": "active",
    "registered_at": "2026-11-24T07:00:00.000Z",
    "last_contact_at": None,
    "battery_percent": 81.0,
    "presence": {"online": True, "since": None},
    "last_values": [{"metric": "knee_flexion_left", "unit": "deg", "measured_at": "2026-11-24T07:00:00.000Z", "value": 1.5}],
}


def test_devices_come_from_their_service_with_who_asks(world: World) -> None:
    world.services.answers["/devices"] = {"items": [DEVICE], "next_cursor": None}
    browser = world.browser()
    browser.sign_in()

    reply = browser.ask("GET", "/devices?limit=5&q=knee&unknown=1", headers={"x-correlation-id": "c-1"})

    assert (reply.status, reply.json) == (200, {"items": [DEVICE], "next_cursor": None})
    ((service, event),) = world.services.asked
    assert (service, event["path"], event["query"]) == ("devices", "/devices", {"limit": "5", "q": "knee"})
    assert event["headers"] == {
        "x-correlation-id": "c-1",
        "x-deadline-ms": str(world.clock.now_ms() + 5000),
        "x-role": "therapist",
        "x-tenant-id": "clinic-north",
        "x-user": "therapist",
    }
    assert reply.headers["x-correlation-id"] == "c-1"
