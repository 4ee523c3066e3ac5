"""A JSON-LD document as the one sequence of lines that all who sign or check it agree on: RDFC-1.0.

Contexts are those kept beside this module; nothing is ever fetched. What a context does not explain would not be signed,
so a document that has any such thing is refused rather than cut.
"""

import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

from pyld import jsonld
from pyld.canon import URDNA2015

CONTEXTS = Path(__file__).parent / "contexts"
KEPT = {
    "https://www.w3.org/ns/credentials/v2": "credentials-v2.json",
    "https://www.w3.org/2018/credentials/v1": "credentials-v1.json",
    "https://w3id.org/security/data-integrity/v2": "data-integrity-v2.json",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json": "ob-3.0.3.json",
    "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json": "ob-extensions.json",
}
MOST_IN_LIST = 200
MOST_PARTS = 2_000
MERGED = frozenset({"@set", "@list", "@graph", "@nest", "@included", "@reverse"})
MOST_ALIKE = 5
MOST_STEPS = 500


class CannotBeWritten(Exception):
    """The document has no canonical form here; the text says why."""


def canonical(document: dict[str, Any]) -> bytes:
    """Return the document's canonical N-Quads. Raises CannotBeWritten."""
    contexts = document.get("@context")
    if not isinstance(contexts, list) or not all(isinstance(one, str) for one in contexts):
        raise CannotBeWritten("@context is not a list of addresses")
    for address in contexts:
        if address not in KEPT:
            raise CannotBeWritten(f"the context {address[:200]} is not known here")
    if len(set(contexts)) != len(contexts):
        raise CannotBeWritten("a context comes twice")
    try:
        _measure(document)
        _look(document, top=True)
        expanded = jsonld.expand(document, {"documentLoader": _kept, "base": None}, on_property_dropped=_dropped)
        _look_at_names(expanded)
        _measure_merged(expanded)
        dataset = jsonld.to_rdf(expanded, {"documentLoader": _kept, "base": None})
        return str(_Bounded().main(dataset, {"format": "application/n-quads"})).encode()
    except jsonld.JsonLdError as error:
        raise CannotBeWritten("it is no JSON-LD") from error
    except RecursionError as error:
        raise CannotBeWritten("it is nested too deeply") from error


class _Bounded(URDNA2015):
    """The algorithm, given up where nameless things that look alike would take for ever to tell apart."""

    def __init__(self) -> None:
        super().__init__()
        self.steps = 0

    def create_hash_to_related(self, id_: str, issuer: Any) -> dict[str, list[str]]:
        """Return the things next to one. Raises CannotBeWritten when they are too many."""
        self.steps += 1
        related: dict[str, list[str]] = super().create_hash_to_related(id_, issuer)
        if self.steps > MOST_STEPS or any(len(alike) > MOST_ALIKE for alike in related.values()):
            raise CannotBeWritten("too many of its parts look alike")
        return related


def _measure(document: dict[str, Any]) -> None:
    """Raise CannotBeWritten for what would take PyLD, which compares all that comes to stand side by side, too long."""
    waiting: list[Any] = [document]
    parts = 0
    while waiting:
        value = waiting.pop()
        parts += 1
        if isinstance(value, list) and len(value) > MOST_IN_LIST:
            raise CannotBeWritten(f"a list has more than {MOST_IN_LIST} entries")
        if isinstance(value, list):
            if any(isinstance(one, list) for one in value):
                raise CannotBeWritten("it has a list within a list")
            waiting.extend(value)
        elif isinstance(value, dict):
            if merged := MERGED & value.keys():
                raise CannotBeWritten(f"it uses {min(merged)}")
            waiting.extend(value.values())
        if parts + len(waiting) > MOST_PARTS:
            raise CannotBeWritten(f"it has more than {MOST_PARTS} parts")


def _measure_merged(expanded: Any) -> None:
    """Raise CannotBeWritten where one thing, told of in many places, comes to have too many values of one property."""
    counted: Counter[tuple[str, str]] = Counter()
    waiting = [expanded]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting.extend(value)
        elif isinstance(value, dict):
            waiting.extend(value.values())
            if isinstance(name := value.get("@id"), str):
                counted.update({(name, key): len(inner) for key, inner in value.items() if isinstance(inner, list)})
    if counted and max(counted.values()) > MOST_IN_LIST:
        raise CannotBeWritten(f"one thing in it has more than {MOST_IN_LIST} values of one kind")


def _look(value: Any, top: bool = False) -> None:
    """Raise CannotBeWritten for a context inside, or for control characters, which libraries write in two ways."""
    if isinstance(value, dict):
        if not top and "@context" in value:
            raise CannotBeWritten("it has a context of its own inside")
        for key, inner in value.items():
            _look(key)
            _look(inner)
    elif isinstance(value, list):
        for inner in value:
            _look(inner)
    elif isinstance(value, str) and any(
        (ord(char) < 32 and char not in "\t\n\r") or ord(char) == 127 for char in value
    ):
        raise CannotBeWritten("it has control characters")


def _look_at_names(expanded: Any) -> None:
    """Raise CannotBeWritten for a type or an id that is no address: it would silently not be signed."""
    if isinstance(expanded, list):
        for one in expanded:
            _look_at_names(one)
    elif isinstance(expanded, dict):
        names = [*expanded.get("@type", []), expanded.get("@id")] if "@value" not in expanded else []
        for name in names:
            if isinstance(name, str) and ":" not in name:
                raise CannotBeWritten(f"no context explains {name[:100]}")
        for inner in expanded.values():
            _look_at_names(inner)


def _dropped(name: str | None) -> None:
    """Raise CannotBeWritten: no context explains a property."""
    raise CannotBeWritten(f"no context explains {str(name)[:100]}")


def _kept(address: str, _options: Any = None) -> dict[str, Any]:
    """Return a kept context as PyLD wants it. Raises CannotBeWritten for any other."""
    if address not in KEPT:
        raise CannotBeWritten(f"the context {address[:200]} is not known here")
    return {
        "contentType": "application/ld+json",
        "contextUrl": None,
        "documentUrl": address,
        "document": _read(address),
    }


@cache
def _read(address: str) -> dict[str, Any]:
    """Return a kept context."""
    document: dict[str, Any] = json.loads((CONTEXTS / KEPT[address]).read_text())
    return document
