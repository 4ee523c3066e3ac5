"""What the demo's people put together and do together: whom they follow, their playlists, whose work they share. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from library.demo.people import MEMBER, STAFF, Person


@dataclass(frozen=True, slots=True)
class Shelf:
    """A playlist: whose, since when, who else sees and changes it, and the titles in it."""

    owner: str
    title: str
    visibility: str
    days: float
    titles: tuple[str, ...]
    description: str = ""
    editors: tuple[str, ...] = ()
    viewers: tuple[str, ...] = ()
    invited: tuple[str, ...] = ()


SHELVES = (
    Shelf("ilse", "Night sky, from the start", "public", 20.5, ("Reading the night sky", "The moon in twelve evenings", "Polar circle, one hour in thirty seconds"), "In this order, on a clear evening, with cold feet."),
    Shelf("marit", "Edges of the land", "public", 18.0, ("Tidal pools at low water", "Low tide, long walk", "North sea, force six", "A hut above the clouds"), "Where walking stops."),
    Shelf("anouk", "For a quiet hour", "public", 16.2, ("Slow piano, side A", "Slow piano, side B", "Rain on a tin roof", "Harbour bells"), viewers=("kofi",)),
    Shelf("priya", "A craft a year", "public", 14.4, ("Warp, weft, patience", "Letterpress basics", "Throwing a bowl, slowly", "Levain, day by day", "Soldering: heat the pad, not the tin"), "What I have tried, and what is next."),
    Shelf("owen", "Climbing from the sofa", "public", 11.0, ("Footwork: trust the small holds", "Falling on purpose", "A rest day, honestly")),
    Shelf("kofi", "Listen twice", "unlisted", 9.5, ("Rain on a tin roof", "Tuning by ear", "Slow piano, side B")),
    Shelf("pieter", "Light", "public", 8.1, ("Golden hour is not an hour", "Polder light", "Reflections, ditch seven", "Kite, horizon, luck")),
    Shelf("demo", "Evenings outside", "public", 13.0, ("Reading the night sky", "Tidal pools at low water", "A hut above the clouds", "Golden hour is not an hour", "Low tide, long walk", "A year in the hive", "How a swarm decides", "North sea, force six"), "Things to watch when it is nearly dark, and to try the next day.", editors=("ilse", "marit"), viewers=("lena",)),
    Shelf("demo", "Bread, from the first jar", "private", 10.4, ("Levain, day by day", "Shaping without flour everywhere", "First loaf out")),
    Shelf("demo", "For my sister", "unlisted", 5.2, ("The moon in twelve evenings", "Warp, weft, patience", "Slow piano, side A"), "You asked for something calm."),
    Shelf("demo", "To learn this winter", "private", 2.9, ("Letterpress basics", "Throwing a bowl, slowly", "Statistics without tears, 2: spread", "Tuning by ear")),
    Shelf("stadsimker", "Bees, and what they decide", "public", 7.7, ("A year in the hive", "How a swarm decides", "Frames, cleaned and hung"), editors=("ben",)),
    Shelf("jun", "Rest days", "private", 1.1, ("A rest day, honestly", "Slow piano, side A", "Low tide, long walk"), "Add what calms you down.", editors=("owen",), invited=("demo",)),
)  # fmt: skip

# Whose item, who works on it, whether they have accepted
SHARED = (
    ("North sea, force six", "marit", True),
    ("How a swarm decides", "ben", True),
    ("Harbour bells", "demo", False),
)

# What is said in the last minutes: on which item, by whom, in answer to the member or not
NEWS = (
    ("First loaf out", "levain", "The ear on that one. What temperature?", False),
    ("North sea, force six", "carla", "I can hear that you were cold.", False),
    ("Reading the night sky", "ilse", "Orion is up before eleven now. Go and look.", True),
)
ASIDE = "Tried it from the balcony, with the fist and all. Found Saturn."

REPLIES = (
    "Thank you. That took me three winters.",
    "It does, I tried it both ways.",
    "Next week, if the weather holds.",
    "A small camera, and a lot of waiting.",
    "Good question. Yes, but slower.",
    "Same here, and I only noticed at the second watching.",
    "Tell me how it went.",
)

KNOWN = ("ilse", "marit", "levain", "mei", "anouk", "jun", "pieter", "stadsimker")


def follows(people: Sequence[Person], seed: int = 4) -> Iterator[tuple[str, str, float]]:
    """Yield who follows whom, and how many days ago that began. The same seed, the same friends."""
    dice = Random(seed)  # noqa: S311
    makers = [one for one in people if one is not STAFF]
    for person in makers:
        others = [one for one in makers if one is not person]
        weights = [3.0 * one.zeal if one.username in KNOWN else one.zeal for one in others]
        count = 1 + round(2.2 * person.zeal)
        chosen = {one.username for one in dice.choices(others, weights, k=count)}
        if person is MEMBER:
            chosen |= set(KNOWN)
        yield from ((person.username, username, 1 + 27 * dice.random()) for username in sorted(chosen))
