"""What visitors of the real product do in a browser, and how a page is looked at."""

import re
from pathlib import Path

from playwright.sync_api import Page

from tests.browser.product import Product

PASSWORD = "plough square triangle"
AXE = Path(__file__).parent / "vendor" / "axe.min.js"


def sign_up(page: Page, product: Product, name: str) -> None:
    """Create an account on the front page and confirm its address by the code."""
    page.goto("/")
    form = page.locator("#sign-up")
    form.get_by_label("E-mail").fill(f"{name}@example.org")
    form.get_by_label("Username").fill(name)
    form.get_by_label("Password", exact=True).fill(PASSWORD)
    form.get_by_role("button", name="Create account").click()
    page.locator("input[name=code]").fill(product.newest_code(f"{name}@example.org"))
    page.locator("form", has=page.locator("input[name=code]")).locator("button[type=submit]").first.click()
    page.wait_for_url(re.compile(r"/$"))


def upload(page: Page, title: str, name: str, content: bytes) -> str:
    """Upload a file. Returns its item's address."""
    page.goto("/upload/")
    page.locator("input[type=file]").set_input_files({"name": name, "mimeType": "video/mp4", "buffer": content})
    page.get_by_label("Title").fill(title)
    page.get_by_role("button", name="Publish").click()
    page.wait_for_url("**/items/*/")
    return page.url


def until(page: Page, claim: str) -> None:
    """Wait until an expression holds; the policy forbids the driver's own way, which evaluates in the page."""
    for _ in range(200):
        if page.evaluate(claim):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"{page.url}: {claim} does not hold")


def delivered(page: Page) -> None:
    """Send what waits in the browser and wait until the server has it."""
    page.evaluate("dispatchEvent(new Event('online'))")
    until(page, "!Object.keys(localStorage).some((name) => name.startsWith('eightpoint:'))")


def axe(page: Page) -> list[str]:
    """What axe finds serious or critical on the page."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{one['id']}: {node['html'][:160]} ({node['failureSummary'].splitlines()[-1].strip()})"
        for one in found["violations"]
        if one["impact"] in {"serious", "critical"}
        for node in one["nodes"]
    ]
