from tests.browser.clinic import PASSWORD, THERAPIST, Clinic
from tests.browser.pages import Client


def test_a_therapist_signs_in_and_sees_the_clinics_devices(client: Client) -> None:
    client.sign_in(THERAPIST.email, PASSWORD)
    client.wait_for_rows("north-tracker-1", "north-tracker-2")
