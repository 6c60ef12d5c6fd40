"""A clinic, the front door before it, and a browser: what every test of the web client stands on."""

from collections.abc import Iterator

import pytest
from selenium.webdriver import Chrome

from launcher.instance import Instance
from tests.browser import chromium, front, stub_api
from tests.browser.clinic import PASSWORD, THERAPIST, Clinic
from tests.browser.pages import Client


@pytest.fixture(scope="session")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Instance:
    """Certificates and a port, made once."""
    return front.new_instance(tmp_path_factory.mktemp("front-door"))


@pytest.fixture
def clinic() -> Clinic:
    """A clinic with two devices and their members."""
    clinic = Clinic()
    for device, member in (("north-tracker-1", "member-ada"), ("north-tracker-2", "member-ben")):
        clinic.add_device(device, member_id=member)
        clinic.members[member] = {"member_id": member, "named_at": "2026-11-02T09:00:00.000Z"}
    return clinic


@pytest.fixture
def base_url(clinic: Clinic, instance: Instance) -> Iterator[str]:
    """The web client's address; an end-to-end test gives the whole stack's instead."""
    with stub_api.serving(clinic) as upstream, front.standing(instance, upstream) as url:
        yield url


@pytest.fixture(scope="session")
def chrome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """One browser for all tests; it takes seconds to start."""
    with chromium.headless(tmp_path_factory.mktemp("profile")) as driver:
        yield driver


@pytest.fixture
def browser(chrome: Chrome) -> Chrome:
    """A single tab of a browser that remembers nothing of an earlier test."""
    chromium.forget(chrome)
    return chrome


@pytest.fixture
def client(browser: Chrome, base_url: str) -> Iterator[Client]:
    """The web client, opened. Afterwards: no error on the console, no breach of the Content-Security-Policy."""
    client = Client(browser, base_url)
    client.open()
    yield client
    assert client.complaints() == []


@pytest.fixture
def signed_in(client: Client) -> Client:
    """The same, with a therapist of the clinic signed in."""
    client.sign_in(THERAPIST.email, PASSWORD)
    client.wait_for("nav a")
    return client
