"""Debian's Chromium without a screen: no traffic of its own, an empty profile each time."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

LANDSCAPE = (1024, 768)
PORTRAIT = (768, 1024)
_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
)


@contextmanager
def headless(profile: Path) -> Iterator[Chrome]:
    """A browser that keeps everything in `profile`."""
    options = ChromeOptions()
    options.binary_location = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    for flag in (*_FLAGS, f"--user-data-dir={profile}", f"--window-size={LANDSCAPE[0]},{LANDSCAPE[1]}"):
        options.add_argument(flag)
    # The authority of an installation is nobody's but its own; that the chain is right is tested without a browser.
    options.accept_insecure_certs = True
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = Chrome(options=options, service=Service(os.environ.get("CHROMEDRIVER", "/usr/bin/chromedriver")))
    try:
        yield driver
    finally:
        driver.quit()


def forget(driver: Chrome) -> None:
    """Close every tab but a new one, and drop cookies, storage, emulation and what the console said."""
    old = driver.window_handles
    driver.switch_to.new_window("tab")
    fresh = driver.current_window_handle
    for handle in old:
        driver.switch_to.window(handle)
        driver.execute_cdp_cmd(
            "Storage.clearDataForOrigin", {"origin": driver.execute_script("return location.origin"), "storageTypes": "all"}
        )
        driver.close()
    driver.switch_to.window(fresh)
    driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
    resize(driver, LANDSCAPE)
    driver.get_log("browser")  # type: ignore[no-untyped-call]


def resize(driver: Chrome, size: tuple[int, int]) -> None:
    """Exactly this viewport."""
    driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": False}
    )


def prefer(driver: Chrome, **features: str) -> None:
    """What the system would say: `prefer(driver, color_scheme="dark")`."""
    media = [{"name": f"prefers-{name.replace('_', '-')}", "value": value} for name, value in features.items()]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": media})
