"""The web client as somebody uses it. Nothing here knows the stand-in: the same steps run against the whole stack."""

from collections.abc import Callable
from typing import Any

from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.wait import WebDriverWait

_PATIENCE_S = 30
# The browser itself logs a refused sign-in, and the first question who is signed in; reading a canvas is these tests' own doing.
_EXPECTED = ("/api/session", "/api/events", "willReadFrequently")


class Client:
    """The page in a browser's tab."""

    def __init__(self, driver: Chrome, base_url: str) -> None:
        self.driver = driver
        self.base_url = base_url
        self.allowed: tuple[str, ...] = _EXPECTED

    def open(self, address: str = "") -> None:
        """Go to an address of the client, e.g. `#/devices`."""
        self.driver.get(f"{self.base_url}/{address}")

    def sign_in(self, email: str, password: str) -> None:
        """Fill the form and send it."""
        for name, text in (("email", email), ("password", password)):
            field = self.wait_for(f"input[name={name}]")
            field.clear()
            field.send_keys(text)
        self.find("form button[type=submit]").click()

    def sign_out(self) -> None:
        """Press the button and wait for the form."""
        self.find("#sign-out").click()
        self.wait_for("input[name=password]")

    def go_to(self, section: str) -> None:
        """One of the sections of the navigation, by its title."""
        self.until(lambda: self.driver.find_element(By.LINK_TEXT, section).click() is None)  # type: ignore[func-returns-value]

    def follow(self, text: str) -> None:
        """Follow a link of the page by its text, when it is there."""
        self.until(lambda: self.driver.find_element(By.LINK_TEXT, text).click() is None)  # type: ignore[func-returns-value]

    def choose(self, name: str, text: str) -> None:
        """Choose in a list of the filters, when the choice is there."""
        self.until(lambda: Select(self.find(f"select[name={name}]")).select_by_visible_text(text) is None)  # type: ignore[func-returns-value]

    def search(self, text: str) -> None:
        """Type into the search field."""
        self.find("input[name=q]").send_keys(text)

    def rows(self) -> dict[str, str]:
        """The list's rows at one moment: the first cell's text → the whole row's."""
        script = """
            const rows = [...document.querySelectorAll("tbody tr")];
            return rows.map((row) => [row.querySelector("th")?.innerText ?? "", row.innerText]);"""
        return {" ".join(name.split()): " ".join(text.split()) for name, text in self.driver.execute_script(script)}

    def wait_for_rows(self, *names: str) -> dict[str, str]:
        """Wait until the list has exactly these rows, in any order."""
        rows: dict[str, str] = self.until(lambda: found if sorted(found := self.rows()) == sorted(names) else None)
        return rows

    def row(self, name: str) -> str:
        """One row's text, once it is there."""
        text: str = self.until(lambda: self.rows().get(name))
        return text

    def latest(self, metric: str) -> str:
        """The newest value of a metric on a session's page, as written."""
        return self.text(f"tr[data-metric={metric}] td:last-child")

    def text(self, selector: str) -> str:
        """The text of the first that matches at one moment; nothing while none does."""
        script = "return document.querySelector(arguments[0])?.innerText ?? ''"
        return " ".join(str(self.driver.execute_script(script, selector)).split())

    def read_out(self, joint: str) -> list[str]:
        """What the legend of a joint's chart says: `Left 12.5°`."""
        script = "return [...document.querySelectorAll(arguments[0])].map((entry) => entry.innerText)"
        return [" ".join(entry.split()) for entry in self.driver.execute_script(script, f"figure[data-joint={joint}] .legend-entry")]

    def colours_drawn(self, joint: str) -> int:
        """How many pixels of a chart's canvas are strongly coloured: lines, not grid or text."""
        script = """
            const canvas = document.querySelector(`figure[data-joint=${arguments[0]}] canvas`);
            const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
            let coloured = 0;
            for (let place = 0; place < data.length; place += 4) {
              const [r, g, b, a] = data.slice(place, place + 4);
              if (a > 128 && Math.max(r, g, b) - Math.min(r, g, b) > 60) coloured += 1;
            }
            return coloured;"""
        return int(self.driver.execute_script(script, joint))

    def fits(self, joint: str) -> bool:
        """Whether a chart has taken the width of its place: it is drawn narrower at first."""
        script = """
            const plot = document.querySelector(`figure[data-joint=${arguments[0]}] .plot`);
            const canvas = plot?.querySelector("canvas");
            return Boolean(canvas) && Math.abs(canvas.clientWidth - plot.clientWidth) <= 1;"""
        return bool(self.driver.execute_script(script, joint))

    def press(self, *keys: str) -> None:
        """Keys to whatever has the focus."""
        for key in keys:
            self.driver.switch_to.active_element.send_keys(key)

    def tab_to(self, selector: str, most: int = 40) -> WebElement:
        """Press Tab until what matches has the focus: the way of somebody without a mouse."""
        for _ in range(most):
            self.press(Keys.TAB)
            if self.driver.execute_script("return document.activeElement.matches(arguments[0])", selector):
                return self.driver.switch_to.active_element
        raise AssertionError(f"{selector} is not reached in {most} steps")

    def overflow(self) -> int:
        """By how many pixels the page is wider than the window."""
        return int(self.driver.execute_script("return document.documentElement.scrollWidth - document.documentElement.clientWidth"))

    def complaints(self) -> list[str]:
        """Errors on the console that nobody expects, breaches of the Content-Security-Policy among them."""
        severe = [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]  # type: ignore[no-untyped-call]
        return [message for message in severe if not any(expected in message for expected in self.allowed)]

    def find(self, selector: str) -> WebElement:
        """The first that matches."""
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def find_all(self, selector: str) -> list[WebElement]:
        """All that match."""
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def wait_for(self, selector: str) -> WebElement:
        """What matches, once it is to be seen."""
        element: WebElement = self.until(lambda: found if (found := self.find(selector)).is_displayed() else None)
        return element

    def wait_for_text(self, selector: str, text: str) -> None:
        """Wait until what matches says this."""
        self.until(lambda: text in self.text(selector))

    def until(self, condition: Callable[[], Any]) -> Any:
        """Poll with a deadline; what is not there yet, or no longer, is asked for again."""
        ignored = (NoSuchElementException, StaleElementReferenceException)
        return WebDriverWait(self.driver, _PATIENCE_S, 0.05, ignored_exceptions=ignored).until(lambda _: condition())
