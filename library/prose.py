"""Markdown of members made into safe HTML.

What comes out has no scripts, no styles and no pictures but those of this site's items and courses (others would tell
who reads, or be counted as theirs); links lead to http, https and mail addresses alone and pass nothing on.
"""

import re

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

TAGS = {
    "p", "br", "hr", "h3", "h4", "h5", "h6", "strong", "em", "s", "a", "ul", "ol", "li", "blockquote", "pre", "code",
    "table", "thead", "tbody", "tr", "th", "td", "img",
}  # fmt: skip
ATTRIBUTES = {"a": {"href", "title"}, "img": {"src", "alt", "title"}, "ol": {"start"}, "code": {"class"}}
PICTURES = re.compile(r"/(items/[0-9a-f-]{36}/(file|poster|thumbnail)|courses/[-\w]+/cover)/(\?v=\w+)?", re.ASCII)
"""What an image may show. Of any other address of this site, looking at it could do something in the reader's name."""
HIGHEST_HEADING = 3
LONGEST_ADDRESS = 2000

_markdown = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable(["table", "strikethrough"])


def rendered(text: str) -> SafeString:
    """Return Markdown as HTML that may stand in a page. Headings begin at the third level, below those of the page."""
    tokens = _markdown.parse(text)
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(6, int(token.tag[1]) + HIGHEST_HEADING - 1)}"
    html = _markdown.renderer.render(tokens, _markdown.options, {})
    clean = nh3.clean(
        html,
        tags=TAGS,
        attributes=ATTRIBUTES,
        attribute_filter=_kept,
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noopener noreferrer",
    )
    return mark_safe(clean)  # noqa: S308  # nosec B308 B703


def words(text: str) -> int:
    """Return how many words a reader reads."""
    return len(nh3.clean(_markdown.render(text), tags=set()).split())


def _kept(tag: str, name: str, value: str) -> str | None:
    """Return an attribute's value, None to leave it out."""
    if tag == "img" and name == "src":
        return value if PICTURES.fullmatch(value) else None
    if tag == "code" and name == "class":
        return value if value.startswith("language-") and value[9:].isalnum() else None
    return value[:LONGEST_ADDRESS]
