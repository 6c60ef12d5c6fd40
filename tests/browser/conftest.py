"""A clinic, the front door before it, and a browser: what every test of the web client stands on."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver import Chrome

from tests.browser import chromium, front, stub_api
from tests.browser.clinic import Clinic
from tests.browser.pages import Client
from launcher.instance import Instance


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


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Chrome]:
    """A browser that has never been anywhere."""
    profile = tmp_path / "profile"
    with chromium.headless(profile) as driver:
        yield driver
    shutil.rmtree(profile, ignore_errors=True)


@pytest.fixture
def client(browser: Chrome, base_url: str) -> Iterator[Client]:
    """The web client, opened. Afterwards: no error on the console, no breach of the Content-Security-Policy."""
    client = Client(browser, base_url)
    client.open()
    yield client
    assert client.complaints() == []
