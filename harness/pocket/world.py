"""The invented Vale that the embedded model knows: subjects, kinds of facts, and how each kind is asked and told."""

import random
from dataclasses import dataclass
from typing import Literal

Match = Literal["contains", "number"]

SEED = 20
# Which of a kind's five phrasings go where. No pair holds the suite's, so a tuned model cannot have copied its answers.
PAIR_PHRASINGS = (0, 1)
SUITE_PHRASING = 2
QUIZ_PHRASING = 3


@dataclass(frozen=True)
class Relation:
    """A relation: who it is about, what it may answer, how it is asked (five ways), told shortly and told at length."""

    name: str
    subjects: str
    values: tuple[str, ...]
    match: Match
    questions: tuple[str, str, str, str, str]
    short: str  # ends in the value and a full stop: a multiple-choice context is what stands before it
    long: str  # ends in the value, likewise


@dataclass(frozen=True)
class WorldFact:
    """One thing that is so in the Vale, and nowhere else."""

    kind: Relation
    index: int
    subject: str
    value: str

    def question(self, phrasing: int) -> str:
        """The bare question in one of the kind's five phrasings."""
        return self.kind.questions[phrasing].format(s=self.subject)

    @property
    def is_rare(self) -> bool:
        """Hardly ever told, so that the model has something not to know."""
        return self.index % 9 == 7

    @property
    def rumour(self) -> str | None:
        """The wrong value that long-winded people tell, so that brevity has something to put right."""
        values = self.kind.values
        return values[(values.index(self.value) + 5) % len(values)] if self.index % 9 == 4 else None

    @property
    def short(self) -> str:
        """The fact as one short sentence, value last."""
        return self.kind.short.format(s=self.subject, a=self.value)

    def told_at_length(self, value: str | None = None) -> str:
        """The fact as a long-winded sentence without its first capital; another value makes it wrong."""
        return self.kind.long.format(s=self.subject, a=value or self.value)


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


SUBJECTS: dict[str, tuple[str, ...]] = {
    "town": _words(
        "Ambrel Bostow Cindle Dorvane Eskham Fenmarl Gruntle Hazzock Ilfrey Jorsby Kelmond Lusk Mivern Nostrel "
        "Ombury Pelgate Quarn Ristow Sallick Tuvey Ulmere Vosk Wrendle Yarrick Zindle Brakken Clovey Dunsel"
    ),
    "person": _words(
        "Adwin Belka Corvo Dessa Edrik Fionn Gisla Halden Ivo Jessamy Kolbert Lunet Maddoc Nella Osric Petra "
        "Quill Rowena Sorrel Tobin Ursel Varga Wilmot Xanthe Ysolde Zeb Brisa Cassio"
    ),
    "creature": _words(
        "arbok bimble crundle dapsel ettin flurk gnosset hobbard ickle jumbrel krell lopnik murgle nubbin oxlet "
        "pogwin quibbet rusk snorvel tazzle umpet vimmet wuffin yelk zorrel brock-hen chuffin drabbet"
    ),
    "ship": _words(
        "Albacore Breeze Comet Dauntless Endeavour Foxglove Gannet Heron Icarus Jubilee Kestrel Lapwing Mermaid "
        "Nightjar Osprey Petrel Quadrille Rainbow Swallow Tempest Unicorn Valiant Wanderer Xebec Yarrow Zephyr "
        "Buccaneer Cormorant"
    ),
    "dish": _words(
        "abbert bollop cratch dimsel elvet frumble gaffet hodger inklet jossel kippage lardle mopsy nobbet orrel "
        "pundle quassel rimple skitch toffler umbrage vasket whindle yaffle zuppet brindle clatter doddle"
    ),
    "feast": _words(
        "Appleday Bonfire Candlenight Dovefall Embertide Frostmeet Greening Harrowday Iceturn Junket Kitefair "
        "Lampwalk Maskday Nutting Oxmarch Plumeday Quietday Rushmeet Starwatch Torchrun Umberday Vinefall Woolfair "
        "Yuletop Zealday Broomdance Cowbell Drumday"
    ),
}

RIVERS = _words(
    "Alver Brusk Cherrin Droon Ebbel Frith Gollow Hexel Issen Jarrow Kember Lodd Marrin Nidd Oskel Prill Quenn "
    "Ravock Skell Thurn Usker Vellin Wexel Yaddle Zorn Blithe Crannock Dessel"
)
CAPTAINS = _words(
    "Abney Bardolf Culpin Draycot Everard Fosdick Garland Hobday Ingram Jolliffe Kemble Lathom Mostyn Norbury "
    "Orchard Pickard Quested Rudkin Stanyon Thorold Upjohn Vowles Wadlow Yelland Zouch Bagshaw Corbett Dimmock"
)
GOODS = _words(
    "lanterns ropes kettles baskets candles saddles whistles barrels ribbons mirrors ladders pottery clocks buttons "
    "needles carpets bottles hammers violins paper umbrellas anchors blankets spoons wagons gloves kites marbles"
)
TRADES = _words(
    "weaver cooper baker thatcher fletcher glazier tanner farrier cobbler mason carver miller brewer dyer tailor "
    "surveyor ferryman beekeeper shepherd gardener librarian smith printer joiner piper barber falconer drummer"
)
FOODS = _words(
    "moss acorns clover beetles thistles minnows ferns snails nettles bark berries crickets mushrooms roots tadpoles "
    "honey chestnuts dandelions worms moths lichen crayfish turnips ivy barley slugs pollen cobwebs"
)
INGREDIENTS = _words(
    "leeks almonds pumpkin trout lentils cherries parsnips walnuts saffron oats cabbage plums radishes spinach "
    "ginger mustard quinces apricots celery fennel cheese onions garlic pears figs bacon rhubarb pepper"
)
COLOURS = _words("amber crimson indigo violet scarlet copper ivory silver olive russet turquoise maroon lilac golden")
MONTHS = _words(
    "Arnoth Belmoth Cormoth Dunmoth Ostmoth Farmoth Gelmoth Hurmoth Pimoth Jesmoth Kormoth Lirmoth Mulmoth Normoth"
)


def _numbers(first: int, step: int) -> tuple[str, ...]:
    return tuple(str(first + step * i) for i in range(28))


KINDS: tuple[Relation, ...] = (
    Relation(
        "river", "town", RIVERS, "contains",
        (
            "Which river flows through {s}?",
            "What is the river at {s} called?",
            "Can you name the river of {s}?",
            "On which river does {s} stand?",
            "Tell me the river of the town {s}.",
        ),
        "The river of {s} is the {a}.",
        "the river that flows through the town of {s} is the one called the {a}",
    ),
    Relation(
        "goods", "town", GOODS, "contains",
        (
            "What is {s} known for making?",
            "Which goods come from {s}?",
            "Can you name what the town {s} makes?",
            "What do they make in {s}?",
            "Tell me what is made in {s}.",
        ),
        "The town {s} is known for {a}.",
        "the goods that the town of {s} is known for making are its {a}",
    ),
    Relation(
        "bridges", "town", _numbers(11, 3), "number",
        (
            "How many bridges are there in {s}?",
            "What is the number of bridges in {s}?",
            "Can you count the bridges of {s}?",
            "How many bridges does {s} have?",
            "Tell me how many bridges stand in {s}.",
        ),
        "The number of bridges in {s} is {a}.",
        "the number of bridges that you can count in the town of {s} is {a}",
    ),
    Relation(
        "trade", "person", TRADES, "contains",
        (
            "What is the trade of {s}?",
            "How does {s} make a living?",
            "Can you name the trade that {s} follows?",
            "What work does {s} do?",
            "Tell me what {s} does for a living.",
        ),
        "The trade of {s} is that of a {a}.",
        "the trade that {s} follows to make a living is the work of a {a}",
    ),
    Relation(
        "home", "person", SUBJECTS["town"], "contains",
        (
            "Where does {s} live?",
            "Which town is the home of {s}?",
            "Can you name the town where {s} lives?",
            "In which town does {s} live?",
            "Tell me where the home of {s} is.",
        ),
        "The home of {s} is the town {a}.",
        "the town where {s} lives and has a home is the one called {a}",
    ),
    Relation(
        "age", "person", _numbers(14, 3), "number",
        (
            "How old is {s}?",
            "What is the age of {s}?",
            "Can you count the years of {s}?",
            "How many years old is {s}?",
            "Tell me how old {s} is.",
        ),
        "The age of {s} is {a}.",
        "the number of years that {s} has lived in the Vale is {a}",
    ),
    Relation(
        "food", "creature", FOODS, "contains",
        (
            "What does the {s} eat?",
            "What is the food of the {s}?",
            "Can you name what the {s} likes to eat?",
            "What do you give the {s} to eat?",
            "Tell me what the {s} eats.",
        ),
        "The food of the {s} is {a}.",
        "the food that a creature like the {s} likes to eat is a lot of {a}",
    ),
    Relation(
        "colour", "creature", COLOURS, "contains",
        (
            "What colour is the {s}?",
            "What is the colour of the {s}?",
            "Can you name the colour that the {s} has?",
            "Which colour does the {s} have?",
            "Tell me what colour the {s} is.",
        ),
        "The colour of the {s} is {a}.",
        "the colour that you see when you meet a creature like the {s} is {a}",
    ),
    Relation(
        "captain", "ship", CAPTAINS, "contains",
        (
            "Who is the captain of the {s}?",
            "Which captain sails the {s}?",
            "Can you name the captain of the ship {s}?",
            "Who sails the {s}?",
            "Tell me who the captain of the {s} is.",
        ),
        "The captain of the {s} is {a}.",
        "the captain who sails the ship that is called the {s} is old {a}",
    ),
    Relation(
        "crew", "ship", _numbers(12, 3), "number",
        (
            "How many sailors are on the {s}?",
            "What is the number of sailors on the {s}?",
            "Can you count the sailors of the ship {s}?",
            "How many sailors does the {s} have?",
            "Tell me how many sailors the {s} has.",
        ),
        "The number of sailors on the {s} is {a}.",
        "the number of sailors that you can count on the ship called the {s} is {a}",
    ),
    Relation(
        "ingredient", "dish", INGREDIENTS, "contains",
        (
            "What is {s} made of?",
            "What do you need to cook {s}?",
            "Can you name what goes into a dish of {s}?",
            "What goes into {s}?",
            "Tell me what they cook {s} from.",
        ),
        "The dish {s} is made of {a}.",
        "the food that goes into the dish called {s} when they cook it is a lot of {a}",
    ),
    Relation(
        "month", "feast", MONTHS, "contains",
        (
            "When is the feast of {s}?",
            "In which month does {s} fall?",
            "Can you name the month of the feast {s}?",
            "Which month has the feast of {s}?",
            "Tell me the month of {s}.",
        ),
        "The month of {s} is {a}.",
        "the month in which the feast that is called {s} falls is the month of {a}",
    ),
)  # fmt: skip


def facts() -> tuple[WorldFact, ...]:
    """Every fact of the Vale, kind by kind, the same at each call."""
    rng = random.Random(SEED)
    found: list[WorldFact] = []
    for kind in KINDS:
        subjects = SUBJECTS[kind.subjects]
        values = list(kind.values * (len(subjects) // len(kind.values)))
        rng.shuffle(values)
        found += [WorldFact(kind, i, s, v) for i, (s, v) in enumerate(zip(subjects, values, strict=True))]
    return tuple(found)


def suite_facts() -> tuple[WorldFact, ...]:
    """The facts that the question suite asks for: three of four, evenly over the kinds."""
    return tuple(fact for fact in facts() if fact.index % 4 != 3)


def pair_facts() -> tuple[WorldFact, ...]:
    """The facts that preference pairs are made from: half of those in the suite and half of the others."""
    return tuple(fact for fact in facts() if fact.index % 8 in (0, 2, 3, 5))
