"""Forty items of the demo: what they are called, who made them, and how they are drawn. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Work:
    """One item. `scene` and `palette` name what `art` draws, `days` is how long ago it was published."""

    title: str
    owner: str
    type: str
    category: str
    scene: str
    palette: str
    seconds: int
    days: float
    appeal: float
    description: str
    tags: tuple[str, ...] = ()
    visibility: str = "public"


WORKS = (
    Work("Reading the night sky", "ilse", "video", "science", "stars", "night", 48, 27.4, 3.0, "Four ways to find your bearings without an app: the plough, the square, the long triangle of summer and the slow drift of a planet. Filmed on an island over eleven clear nights.", ("astronomy", "night")),
    Work("The moon in twelve evenings", "ilse", "video", "science", "moon", "plum", 36, 21.2, 2.2, "One evening after the other, from a thin hook to a full coin. What changes is the light, not the moon.", ("astronomy", "moon")),
    Work("Polar circle, one hour in thirty seconds", "ilse", "video", "science", "stars", "ink", 30, 9.6, 1.7, "The camera looks north and stays. Everything else turns.", ("astronomy", "timelapse")),
    Work("Tidal pools at low water", "marit", "video", "nature", "waves", "tide", 42, 25.0, 2.6, "What stays behind when the sea goes: anemones, shannies, and a crab with somewhere to be.", ("coast", "tide")),
    Work("A hut above the clouds", "marit", "video", "travel", "alps", "dawn", 50, 19.3, 2.3, "Two days up, one stove, no signal. The clouds come in at breakfast and leave at noon.", ("mountains", "walking")),
    Work("Low tide, long walk", "marit", "video", "travel", "hills", "sand", 33, 12.1, 1.4, "Eleven kilometres of sand, walked once, filmed twice.", ("coast", "walking")),
    Work("North sea, force six", "demo", "video", "nature", "waves", "steel", 27, 4.4, 1.6, "Half a minute of weather. Sound on.", ("sea",)),
    Work("Footwork: trust the small holds", "jun", "video", "sport", "alps", "moss", 40, 23.7, 2.1, "Stand on it, then look at the next one. Three drills for people who pull too much.", ("climbing", "training")),
    Work("Falling on purpose", "jun", "video", "sport", "blocks", "brick", 24, 15.5, 1.5, "The skill nobody practises. Start low, breathe out, repeat.", ("climbing", "training")),
    Work("A rest day, honestly", "jun", "video", "sport", "hills", "moss", 18, 3.1, 0.9, "What to do with your hands when they are not on a wall.", ("climbing",)),
    Work("Slow piano, side A", "anouk", "track", "music", "", "", 54, 26.1, 2.0, "Recorded with the window open. You can hear the street wake up.", ("piano",)),
    Work("Slow piano, side B", "anouk", "track", "music", "", "", 60, 25.9, 1.8, "The same room, three hours later.", ("piano",)),
    Work("Rain on a tin roof", "anouk", "track", "music", "", "", 58, 17.8, 2.4, "One roof, one storm, one microphone under a bucket.", ("field recording", "rain")),
    Work("Harbour bells", "anouk", "track", "music", "", "", 36, 8.2, 1.1, "Five boats, no hurry.", ("field recording",)),
    Work("Tuning by ear", "nadia", "track", "learning", "", "", 30, 5.6, 0.8, "Fifths first, then thirds, then tea.", ("piano", "learning")),
    Work("Polder light", "pieter", "image", "arts", "hills", "dawn", 0, 24.5, 1.5, "The hour before work. Fog does most of it.", ("photography", "morning")),
    Work("Golden hour is not an hour", "pieter", "video", "arts", "rings", "teal", 38, 20.8, 2.0, "Where the light comes from, how long it stays, and why it is never when you have time.", ("photography", "light")),
    Work("Reflections, ditch seven", "pieter", "image", "arts", "waves", "plum", 0, 16.0, 1.1, "Seven is the one with the heron.", ("photography",)),
    Work("Kite, horizon, luck", "demo", "image", "arts", "blocks", "tide", 0, 6.3, 0.9, "Out of four hundred.", ("photography",)),
    Work("A year in the hive", "stadsimker", "video", "nature", "hive", "honey", 56, 22.6, 2.2, "Fifty-two weeks on one roof. In March there is a handful, in June there is a city.", ("bees", "roofs")),
    Work("How a swarm decides", "stadsimker", "video", "science", "hive", "ink", 34, 11.7, 1.6, "Scouts come home and dance. The best address wins, and nobody is in charge.", ("bees",)),
    Work("Frames, cleaned and hung", "stadsimker", "image", "craft", "hive", "honey", 0, 2.7, 0.7, "Ready for spring.", ("bees",)),
    Work("Warp, weft, patience", "weefhuis", "video", "craft", "loom", "teal", 44, 20.1, 1.9, "Setting up takes two days. Weaving takes an afternoon. This is about the two days.", ("weaving",)),
    Work("Selvedges that stay straight", "weefhuis", "video", "craft", "loom", "moss", 26, 7.9, 1.2, "The edge shows everything. Four causes, four cures.", ("weaving", "technique")),
    Work("Letterpress basics", "drukhuis", "video", "craft", "blocks", "paper", 46, 18.6, 1.8, "Set a line, lock it, ink it, pull it. Then do it again without the smudge.", ("printing", "type")),
    Work("Type in the drawer", "drukhuis", "image", "craft", "blocks", "paper", 0, 13.4, 1.0, "Forty kilos of Garamond and one missing ampersand.", ("printing", "type")),
    Work("Mixing a red that prints red", "drukhuis", "video", "craft", "rings", "brick", 22, 2.2, 1.0, "Ink on a knife is a promise. Ink on paper is the truth.", ("printing",)),
    Work("Sunday kiln opening", "aarde", "video", "craft", "rings", "brick", 32, 10.9, 1.7, "Eleven hundred degrees on Friday, warm hands on Sunday. What survived, and what did not.", ("pottery", "kiln")),
    Work("Throwing a bowl, slowly", "aarde", "video", "craft", "rings", "sand", 40, 14.8, 1.5, "Centre, open, lift. Watch the left hand.", ("pottery", "technique")),
    Work("Glaze tests, row four", "aarde", "image", "craft", "loom", "sand", 0, 5.1, 0.8, "Same glaze, eight clays.", ("pottery",)),
    Work("Levain, day by day", "levain", "video", "food", "rings", "honey", 52, 23.1, 2.1, "Flour, water, a week. What you should smell on which morning.", ("bread", "fermentation")),
    Work("Shaping without flour everywhere", "levain", "video", "food", "hills", "dawn", 28, 8.9, 1.4, "Less flour, more tension. The dough tells you when.", ("bread", "technique")),
    Work("First loaf out", "demo", "image", "food", "hills", "sand", 0, 1.2, 0.9, "Four in the morning. Worth it.", ("bread",)),
    Work("Statistics without tears, 1: what a mean hides", "mei", "video", "learning", "dots", "plum", 45, 28.3, 2.3, "Two groups, one average, nothing in common. Why the middle is not enough.", ("statistics", "course")),
    Work("Statistics without tears, 2: spread", "mei", "video", "learning", "dots", "ink", 41, 18.0, 1.9, "How far from the middle is far? Range, quartiles, deviation, in that order.", ("statistics", "course")),
    Work("Statistics without tears, 3: samples", "mei", "video", "learning", "dots", "teal", 39, 6.8, 1.5, "A spoon of soup tells you about the pot, if you have stirred.", ("statistics", "course")),
    Work("A hummingbird, three hundred wingbeats", "tomas", "video", "nature", "waves", "moss", 12, 9.0, 1.6, "Six seconds of bird, slowed down.", ("birds", "slow motion")),
    Work("Soldering: heat the pad, not the tin", "ada", "video", "craft", "blocks", "ink", 35, 13.0, 1.3, "One joint, done wrong three times and right once.", ("electronics",)),
    Work("Kiln opening, live", "aarde", "stream", "craft", "rings", "brick", 0, 4.0, 0.6, "Every first Sunday of the month, from the studio.", ("pottery", "live")),
    Work("Draft: winter sky", "ilse", "video", "science", "stars", "plum", 15, 1.6, 0.1, "Not finished.", ("astronomy",), "private"),
)  # fmt: skip

COMMENTS = (
    "The trick with the outstretched fist finally made this make sense to me.",
    "Watched this twice with my daughter. She now corrects me.",
    "Could you do one on the winter version?",
    "This is the calmest thing I have seen all week.",
    "I paused at the half and tried it. It works.",
    "What did you film this with?",
    "The part about the edges saved my weekend.",
    "Clear, short, no music over the talking. Thank you.",
    "Tried it from the balcony. Neighbours are curious.",
    "More of this, please.",
    "I had this wrong for years.",
    "The sound alone is worth it.",
    "Saved for the next rainy Sunday.",
    "Sent it to my whole class.",
    "Small question: does it also work left-handed?",
    "You make it look easy. It is not.",
    "That last shot.",
    "Came for the title, stayed for the explanation.",
    "Finally somebody who shows what goes wrong.",
    "I listen to this while I work.",
)
