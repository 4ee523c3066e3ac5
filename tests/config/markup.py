"""Reads a page for what a strict Content-Security-Policy would block."""

from html.parser import HTMLParser


class Inline(HTMLParser):
    """Collects inline styles, inline scripts, event handlers and foreign addresses."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "style" or (tag == "script" and "src" not in given and "json" not in given.get("type", "")):
            self.found.append(f"<{tag}>")
        self.found += [f"<{tag} {name}>" for name in given if name == "style" or name.startswith("on")]
        for name in ("src", "href", "action"):
            address = given.get(name, "").strip().lower()
            if address.startswith("javascript:") or (name == "src" and address.startswith(("http:", "https:", "//"))):
                self.found.append(f"<{tag} {name}={address}>")


def inline_parts(page: str) -> list[str]:
    """Return what the policy would block in the page."""
    reader = Inline()
    reader.feed(page)
    return reader.found
