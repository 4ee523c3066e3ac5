"""People with tastes, and what they watch: the same arguments give the same people.

Items belong to a genre and, in it, to a series of some parts; a few of each genre are watched much, most little. Each
person has one to three genres. What somebody watches next is the next part of a series that they are in, or something of
their genres, or what everybody watches, each with a known chance, and nothing twice. So it is known, too, how well the
best guesser could do.
"""

import random
from bisect import bisect
from collections import Counter
from dataclasses import dataclass, field
from itertools import accumulate

GENRES = 16
PARTS = 5
IN_SERIES = 0.5
SKEW = 0.9
GO_ON, BY_TASTE = 0.25, 0.6
MIXES = ((1.0,), (0.75, 0.25), (0.6, 0.3, 0.1))
FEWEST, USUAL, MOST = 3, 12, 150
DAYS = 120


@dataclass(frozen=True)
class Place:
    """An item: its genre, how much it is liked in it, and the next part of its series, if there is one."""

    genre: int
    weight: float
    following: int | None


@dataclass
class Person:
    """Somebody's genres with their shares, and what they watched, the last one last, each so many days ago."""

    genres: tuple[int, ...]
    mix: tuple[float, ...]
    watched: list[int] = field(default_factory=list)
    days_ago: list[float] = field(default_factory=list)


class Tastes:
    """Items and people; `people[n].watched[-1]` is to be guessed."""

    def __init__(self, people: int, items: int, seed: int = 1) -> None:
        self.chance = random.Random(f"{seed} {people} {items}")
        self.items = self._items(items)
        self.of_genre = [[n for n, one in enumerate(self.items) if one.genre == genre] for genre in range(GENRES)]
        self.sums = [list(accumulate(self.items[n].weight for n in found)) for found in self.of_genre]
        self.all_sums = list(accumulate(one.weight for one in self.items))
        self.people = [self._person() for _ in range(people)]

    def _items(self, count: int) -> list[Place]:
        ranks: Counter[int] = Counter()
        made: list[Place] = []
        while len(made) < count:
            genre = self.chance.randrange(GENRES)
            ranks[genre] += 1
            weight = ranks[genre] ** -SKEW
            parts = min(PARTS if self.chance.random() < IN_SERIES else 1, count - len(made))
            for part in range(parts):
                following = len(made) + 1 if part + 1 < parts else None
                made.append(Place(genre, weight / (part + 1), following))
        return made

    def _person(self) -> Person:
        mix = self.chance.choice(MIXES)
        person = Person(tuple(self.chance.sample(range(GENRES), len(mix))), mix)
        count = min(MOST, max(FEWEST, round(self.chance.lognormvariate(0, 0.9) * USUAL)))
        while len(person.watched) < count:
            following = self.following(person)
            kind = self.chance.random()
            if kind < GO_ON and following:
                item = self.chance.choice(following)
            elif kind < GO_ON + BY_TASTE:
                genre = self.chance.choices(person.genres, person.mix)[0]
                item = self.of_genre[genre][bisect(self.sums[genre], self.chance.random() * self.sums[genre][-1])]
            else:
                item = bisect(self.all_sums, self.chance.random() * self.all_sums[-1])
            if item not in person.watched:
                person.watched.append(item)
        person.days_ago = sorted((self.chance.random() * DAYS for _ in person.watched), reverse=True)
        return person

    def following(self, person: Person) -> list[int]:
        """Return the next parts of what somebody watched that they have not seen."""
        parts = (self.items[item].following for item in person.watched)
        return [part for part in parts if part is not None and part not in person.watched]

    def best_guess(self, person: Person, count: int) -> list[int]:
        """Return what somebody most likely watches next, for who knows everything about tastes but the future."""
        chances: Counter[int] = Counter()
        following = self.following(person)
        for part in following:
            chances[part] += GO_ON / len(following)  # type: ignore[assignment]
        for genre, share in zip(person.genres, person.mix, strict=True):
            for item in self.of_genre[genre]:
                chances[item] += BY_TASTE * share * self.items[item].weight / self.sums[genre][-1]  # type: ignore[assignment]
        for item, one in enumerate(self.items):
            chances[item] += (1 - GO_ON - BY_TASTE) * one.weight / self.all_sums[-1]  # type: ignore[assignment]
        seen = set(person.watched)
        return [item for item, _ in chances.most_common(count + len(seen)) if item not in seen][:count]
