"""Two courses of the demo: what they teach, what they ask, and what people say in them. Pure; texts are in `texts/`."""

from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from library.demo.catalogue import Work

TEXTS = Path(__file__).parent / "texts"


@dataclass(frozen=True, slots=True)
class Ask:
    """A question of a quiz: `right` and `wrong` are options, `number` or `accepted` what is to be written."""

    kind: str
    prompt: str
    explanation: str
    right: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    number: Decimal | None = None
    tolerance: Decimal = Decimal(0)
    accepted: tuple[str, ...] = ()
    points: int = 1


@dataclass(frozen=True, slots=True)
class Step:
    """A lesson: a video by the title of its work, a text by the name of its file, or questions."""

    kind: str
    title: str
    video: str = ""
    text: str = ""
    asks: tuple[Ask, ...] = ()
    draws: int = 0
    rules: dict[str, Any] = field(default_factory=dict)
    is_preview: bool = False

    @property
    def markdown(self) -> str:
        """The text of a text lesson."""
        return (TEXTS / f"{self.text}.md").read_text() if self.text else ""


@dataclass(frozen=True, slots=True)
class Part:
    """A section with its lessons."""

    title: str
    steps: tuple[Step, ...]
    opens_after_days: int = 0


@dataclass(frozen=True, slots=True)
class Talk:
    """A question about a course, or the lesson of this number, with answers; `accepted` is the number of the one that helped."""

    author: str
    days: float
    title: str
    text: str
    answers: tuple[tuple[str, str], ...] = ()
    accepted: int | None = None
    lesson: int | None = None


@dataclass(frozen=True, slots=True)
class Learner:
    """Somebody who takes a course: since how many days, how many lessons they have done, how often they are right."""

    username: str
    days: float
    done: int
    skill: float = 0.85
    stars: int = 0
    review: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """A course with all that stands around it."""

    owner: str
    title: str
    days: float
    cover: tuple[str, str]
    about: dict[str, Any]
    parts: tuple[Part, ...]
    learners: tuple[Learner, ...]
    talks: tuple[Talk, ...]
    teachers: tuple[str, ...] = ()
    requests: tuple[str, ...] = ()

    @property
    def steps(self) -> list[Step]:
        """All lessons in their order."""
        return [step for part in self.parts for step in part.steps]


# Films that stand in courses alone
FILMS = (
    Work("Statistics without tears, 4: asking well", "mei", "video", "learning", "dots", "night", 34, 6.2, 0.1, "What a question does to its answer.", ("statistics", "course"), "private"),
    Work("Flour, water, salt", "levain", "video", "food", "hills", "honey", 31, 15.4, 0.1, "Three things, in this order, by hand.", ("bread", "course"), "private"),
    Work("Steam and patience", "levain", "video", "food", "rings", "dawn", 29, 15.2, 0.1, "The first twenty minutes decide the crust.", ("bread", "course"), "private"),
)  # fmt: skip

MIDDLE = (
    Ask("single", "Five friends earn 2, 3, 3, 4 and 18 an hour. Which figure says what **a typical one** earns?", "The median does not care how rich the richest is. The mean of this row is 6, and nobody earns 6.", ("The median",), ("The mean", "The mode of all wages in town", "The range")),
    Ask("number", "What is the **mean** of 4, 8, 6, 2 and 10?", "They add up to 30, and there are five of them.", number=Decimal(6)),
    Ask("number", "What is the **median** of 7, 1, 9, 3?", "In order: 1, 3, 7, 9. The two in the middle are 3 and 7, and their mean is 5.", number=Decimal(5)),
    Ask("single", "Which of the three also works for colours?", "Colours cannot be added and have no order, but one of them occurs most often.", ("The mode",), ("The mean", "The median")),
    Ask("multiple", "One value in a row of nine is typed with a zero too many. What **may** change?", "The median and the mode of nine values hardly ever notice one. The mean and the range always do.", ("The mean", "The range"), ("How many values there are",)),
)  # fmt: skip
SPREAD = (
    Ask("number", "What is the **range** of 4, 19, 7 and 11?", "19 minus 4.", number=Decimal(15)),
    Ask("number", "The standard deviation of 2, 4, 6? Round to two decimals.", "The mean is 4, the squares are 4, 0 and 4, their mean is 2.67, and its root is 1.63.", number=Decimal("1.63"), tolerance=Decimal("0.01"), points=2),
    Ask("single", "Why are the differences **squared**?", "Otherwise those above and those below the mean would cancel each other, and the spread of everything would be 0.", ("So that above and below count alike",), ("To make the result larger", "Because a mean needs two numbers")),
    Ask("multiple", "Which of these does one wild value **not** move?", "Quartiles look at places in the row, not at how far away the last one stands.", ("The first quartile", "The distance between the quartiles"), ("The range", "The standard deviation")),
    Ask("text", "What is the second quartile also called?", "It cuts the ordered row in half.", accepted=("median", "the median")),
)  # fmt: skip
WHOLE = (
    Ask("single", "Mean 52, median 31. What does the row look like?", "A few large values pull the mean up and leave the median where it is.", ("A few large values, many small ones",), ("A few small values, many large ones", "It is even on both sides")),
    Ask("number", "You asked 400 people a yes-or-no question. By how many **percentage points** may the answer be off, by the rule of thumb?", "One divided by the root of 400 is 0.05.", number=Decimal(5), tolerance=Decimal("0.5")),
    Ask("single", "You ask four times as many. The uncertainty is …", "It shrinks with the root of the number.", ("half as wide",), ("a quarter as wide", "the same, the sample was good before")),
    Ask("multiple", "What does a larger sample **not** repair?", "Size helps against chance, not against a crooked choice.", ("People who could not be reached", "A leading question"), ("Bad luck in the draw",)),
    Ask("text", "One word: what must be done to the soup before the spoon goes in?", "A sample says something when everybody had the same chance to be in it.", accepted=("stirring", "stir", "stir it", "stirred")),
    Ask("number", "What is the standard deviation of 5, 5, 5, 5?", "Nothing differs from the mean.", number=Decimal(0)),
)  # fmt: skip
READY = (
    Ask("single", "On day three the jar foams over, on day four it is quiet. What do you do?", "Those were bacteria that cannot live in the acid. The yeast comes after them.", ("Feed it as before",), ("Begin anew", "Add yeast from a packet", "Put it into the fridge")),
    Ask("multiple", "Which are signs that a starter is **ready**?", "How it smells tells you where it is, not whether it is strong enough.", ("It doubles within six hours, twice in a row", "A spoon of it floats"), ("It smells of apples", "It is a week old")),
    Ask("number", "You keep 25 g and feed 50 g flour and 50 g water. How many **grams** stand in the jar?", "All of it: 25 + 50 + 50.", number=Decimal(125)),
    Ask("text", "Which flour feeds a young starter best, in one word?", "The wild yeast sits on the bran of the rye.", accepted=("rye", "wholemeal rye", "rye flour")),
)  # fmt: skip
CRUMB = (
    Ask("single", "A dense crumb with a few tunnels. What was it?", "The yeast had begun in some places and not in others.", ("Not enough time before shaping",), ("Too much salt", "Too much steam", "Old flour")),
    Ask("single", "Flat, wide and sour. What was it?", "The acid has eaten the net that should hold the gas.", ("Too much time",), ("Not enough time", "An oven that was too hot")),
    Ask("number", "500 g flour and 350 g water: what is the hydration in **percent**?", "Water divided by flour.", number=Decimal(70)),
    Ask("multiple", "A wet line along the bottom. What **may** help?", "The bottom needs heat from below, and the inside goes on baking after the oven.", ("Heat the pot for longer", "Cut the loaf when it is cold"), ("Score deeper", "Use less salt")),
    Ask("number", "For how many **minutes** does the lid stay on?", "After that the steam only makes the crust pale.", number=Decimal(20), tolerance=Decimal(2)),
)  # fmt: skip

STATISTICS = Plan(
    owner="mei",
    title="Statistics without tears",
    days=25,
    cover=("dots", "plum"),
    about={
        "subtitle": "The middle, the spread and the sample, with numbers from the kitchen and the street.",
        "description": "You do not need to be good at sums. You need three questions: **where is the middle, how far from it is far, and who was asked?**\n\nEach part is one short film, one page to read and a few questions. You can do one in a lunch break. At the end you will read a chart in a newspaper and know what it does not say.\n\n* Paper and a pencil are enough.\n* Nothing is to be learnt by heart.\n* Ask in the discussions: I answer every Sunday.",
        "outcomes": ["Choose between mean, median and mode, and say why", "Work out a standard deviation by hand, once", "Tell a good sample from a large one", "Spot the question that makes its own answer"],
        "category": "learning",
        "level": "beginner",
    },
    parts=(
        Part("The middle", (
            Step("video", "What a mean hides", video="Statistics without tears, 1: what a mean hides", is_preview=True),
            Step("text", "Mean, median, mode", text="mean-median-mode"),
            Step("quiz", "Check yourself: the middle", asks=MIDDLE, draws=4),
        )),
        Part("The spread", (
            Step("video", "How far is far", video="Statistics without tears, 2: spread"),
            Step("text", "Spread by hand", text="spread-by-hand"),
            Step("quiz", "Check yourself: the spread", asks=SPREAD),
        )),
        Part("From a spoon to the pot", (
            Step("video", "Samples", video="Statistics without tears, 3: samples"),
            Step("text", "How many to ask", text="how-many-to-ask"),
            Step("video", "Asking well", video="Statistics without tears, 4: asking well"),
            Step("quiz", "The whole course", asks=WHOLE, draws=5, rules={"time_limit_minutes": 15, "most_attempts": 3, "reveals": "end"}),
        )),
    ),
    learners=(
        Learner("sam", 23.5, 10, 0.9, 5, "I avoided this for twenty years. It took two weeks of lunch breaks."),
        Learner("priya", 22.8, 10, 0.95, 5, "The soup is the best explanation of a sample that I have come across."),
        Learner("kofi", 21.0, 10, 0.8, 4, "Clear and short. I would have liked one more example for quartiles."),
        Learner("demo", 19.6, 6, 0.85, 5, "Halfway through, and the news already reads differently."),
        Learner("lena", 18.2, 10, 0.85, 4, ""),
        Learner("ada", 17.5, 8, 0.9, 5, "Finally somebody who says when **not** to use the mean."),
        Learner("tomas", 15.1, 10, 0.75, 4, "Failed the last quiz once, fairly."),
        Learner("carla", 13.0, 5, 0.7, 3, "Good, but the films could be longer."),
        Learner("yuki", 12.4, 7, 0.85, 5, "Calm, and not one wasted word."),
        Learner("owen", 11.8, 3, 0.6),
        Learner("nadia", 9.9, 6, 0.8, 4, "I did the standard deviation by hand. Once, as promised."),
        Learner("hugo", 8.3, 2, 0.7),
        Learner("jonas", 6.7, 9, 0.9, 5, ""),
        Learner("iris", 5.0, 4, 0.75),
        Learner("ben", 3.2, 3, 0.65),
        Learner("rafi", 0.8, 1, 0.5),
    ),
    talks=(
        Talk("carla", 11.5, "When do I divide by n − 1?", "My calculator has two buttons for the standard deviation, `σ` and `s`, and they give different numbers. Which one is yours?", (
            ("ada", "`σ` divides by how many there are, `s` by one fewer. Mei uses the first here."),
            ("mei", "Both are right, for different questions.\n\n* You have **everybody**: divide by *n*.\n* You have a **sample** and mean those you did not ask: divide by *n* − 1, because a sample is always a little too close to its own mean.\n\nWith 5 values it matters, with 500 it does not."),
        ), accepted=1, lesson=4),
        Talk("demo", 6.1, "Is the median of an even row always in the row?", "In the quiz the median of 7, 1, 9, 3 was 5, and there is no 5 in it. Is that all right?", (
            ("priya", "Yes. With an even count you take the mean of the two in the middle, and that may be a number nobody has."),
        ), accepted=0, lesson=2),
        Talk("tomas", 4.0, "Which newspaper chart should I look at first?", "I would like to practise on something real. What do you look at, each morning?", (
            ("mei", "The weather. *40 % chance of rain* is a statement about a sample of days like this one. Ask yourself: 40 % of what?"),
            ("sam", "Prices per square metre. Always means, never medians. Now you know why."),
        )),
        Talk("yuki", 1.3, "Subtitles for the last film?", "I watch on the train, without sound.", ()),
    ),
)  # fmt: skip

BREAD = Plan(
    owner="levain",
    title="Bread with wild yeast",
    days=15,
    cover=("rings", "honey"),
    about={
        "subtitle": "From an empty jar to a loaf you would give away, in two weekends.",
        "description": "Flour, water, salt, and what lives on the grain. This course takes you through **one starter and one loaf**, slowly enough that you can bake along.\n\nI bake for a living, at four in the morning. You will not have to.\n\n> Watch the dough, not the clock.\n\nYou need a jar, a kitchen scale, an oven and a pot with a lid.",
        "outcomes": ["Raise a starter from nothing and keep it alive", "Read a dough by how it moves", "Bake one loaf well, and know what to change for the next"],
        "category": "food",
        "level": "all",
        "price_minor": 1900,
        "is_sequential": True,
    },
    parts=(
        Part("A week in a jar", (
            Step("video", "Levain, day by day", video="Levain, day by day", is_preview=True),
            Step("text", "The feeding table", text="feeding-table"),
            Step("quiz", "Is it ready?", asks=READY),
        )),
        Part("One loaf", (
            Step("video", "Flour, water, salt", video="Flour, water, salt"),
            Step("video", "Shaping", video="Shaping without flour everywhere"),
            Step("text", "A weekend, hour by hour", text="weekend-timetable"),
        )),
        Part("Into the oven", (
            Step("video", "Steam and patience", video="Steam and patience"),
            Step("text", "What went wrong", text="what-went-wrong"),
            Step("quiz", "Read the crumb", asks=CRUMB, draws=4, rules={"pass_percent": 75}),
        ), opens_after_days=2),
    ),
    learners=(
        Learner("demo", 14.2, 9, 0.95, 5, "My third loaf was the first that I gave away. The timetable hangs on the fridge."),
        Learner("ilse", 13.9, 9, 0.9, 5, "Day three is a trap, and I would have fallen into it."),
        Learner("alma", 13.0, 9, 0.85, 4, "I would have liked grams for a smaller oven."),
        Learner("pieter", 11.1, 5, 0.8, 5, ""),
        Learner("anouk", 9.4, 9, 0.9, 5, "He is right about the clock."),
        Learner("lena", 7.7, 4, 0.8),
        Learner("stadsimker", 6.0, 6, 0.85, 4, "Honest about what goes wrong. More of that, please."),
        Learner("marit", 3.5, 2, 0.8),
    ),
    talks=(
        Talk("demo", 12.2, "It went quiet on day four", "It nearly left the jar on day three, and now there is **nothing**. Have I killed it?", (
            ("hugo", "No. That was not yeast. Go on feeding, mine took until day six."),
            ("levain", "Hugo is right. Keep it warm, 24 to 26 °C, and give it one feed of rye. If it smells of sour milk you are exactly where you should be."),
        ), accepted=1, lesson=1),
        Talk("alma", 8.8, "Half the amount for a small oven?", "My oven takes a loaf of 500 g at most. Do I halve everything, the times too?", (
            ("levain", "Halve the grams, keep the times until it goes into the oven. Then lid on for 15 minutes, off for 20."),
        ), accepted=0),
        Talk("stadsimker", 2.6, "Honey instead of sugar in the feed?", "I have plenty of it.", (
            ("hugo", "It needs neither. But I would try anyway."),
        ), lesson=1),
    ),
    teachers=("hugo",),
    requests=("zara", "iris", "ben"),
)  # fmt: skip

COURSES = (STATISTICS, BREAD)
