"""What a question asks for, as stems of words: its quantity's name, what it counts, and all of its content words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from harness.scorers.matching.reading.passages import ECHOED, WORD, sentences
from harness.scorers.matching.reading.synonyms import canonical

_QUESTION_WORD = re.compile(r",\s+(?=(?:what|how|which|who|wie|was|quel|combien|cuál|cuánt))", re.IGNORECASE)
_NO_QUANTITY = (
    r"(?!(?:did|does|do|is|are|was|were|will|would|can|could|should|has|have|had|more|less|many|much|of|in|the"
    r"|money|in|total|longer|further|left|it|she|he|they|we|you|i)\b)"
)
_HEADS = (
    re.compile(
        r"\bwhat(?:'s|\s+\w+(?:\s+be)?(?:\s+now)?)\s+(?:the|her|his|their|its|my|your|our"
        r"|\w{1,20}'s)\s+((?:\w+\s+){0,3}?\w+)(?=\s+(?:of|in|for|that|when|if|after|before|per|from|on|at|to"
        r"|between|he|she|they)\b|\s*[?,.]|\s*$)",
        re.IGNORECASE,
    ),
    re.compile(
        r"\bhow (?:old|tall|long|heavy|big|large|high|fast|wide|deep|far|much) (?:is|are|was|were|will|does|do"
        r"|did|has|have)\s+(?:the\s+)?{_NO_QUANTITY}(\w+)",
        re.IGNORECASE,
    ),
    re.compile(rf"\bhow much\s+{_NO_QUANTITY}(\w+)", re.IGNORECASE),
    re.compile(
        r"\b(?:wie (?:hoch|groß|lang|schwer|teuer) (?:ist|war|sind|wird)|was (?:ist|war|sind))\s+(?:der|die|das"
        r"|ihr|sein|ihre|seine|unser)\s+(?:[a-zäöüß]\w*\s+)?(\w+)",
        re.IGNORECASE,
    ),
    re.compile(
        r"\bquel(?:le|s|les)? (?:est|sont|était|sera|a été)\s+(?:le\s|la\s|les\s|l'|son\s|sa\s|ses\s)(\w+)", re.I
    ),
    re.compile(r"\b(?:qual|quais) (?:é|são|foi|será|è) (?:o|a|os|as|seu|sua|il|la|lo)\s+(\w+)", re.IGNORECASE),
    re.compile(
        r"\b(?:which|what|welche[rs]?|quelle?|qué|que|quale) \w{1,20} (?:is|ist|est|es|é|è) (?:the|die|der|das"
        r"|la|le|el|a|o|il)\s+(\w+)",
        re.IGNORECASE,
    ),
    re.compile(
        r"\b(?:wie (?:heißt|lautet)|what was|welche[rs]?\b(?=\s\w+\s\w+\?))\s+(?:der|die|das|the)\s+(\w+)",
        re.IGNORECASE,
    ),
    re.compile(r"\bcuál(?:es)? (?:es|son|fue|era|será)\s+(?:el|la|los|las|su|sus)\s+(\w+)", re.IGNORECASE),
    re.compile(
        r"(?:的|,|。|^|の|は)?([\u4e00-\u9fff]{1,8})(?:一共|總共|总共|共)?(?:[應应][該该]?|[會会])?(?:是|為|为"
        r"|有)?(?:多少|幾何|几何)"
    ),
    re.compile(r"([\u4e00-\u9fff\u30a0-\u30ff]{1,12})は(?:いくら|何|どれ|どの|いくつ)"),
    re.compile(r"([\u4e00-\u9fff\u30a0-\u30ff]{1,12})を(?:求め|答え|書|表|述べ)"),
    re.compile(r"([\uac00-\ud7af]{1,12}?)(?:은|는|이|가)\s*(?:얼마|몇|무엇|어떻게|언제|어디|누구)"),
    re.compile(r"([\uac00-\ud7af]{1,12}?)[을를]\s*(?:구하|나타내|말하|쓰|답하)"),
)
_COUNTED = re.compile(
    r"\bhow many\s+(?:more\s+|different\s+|total\s+)?(\w+)|\bwie\s?viele?\s+(\w+)|\bcombien (?:de\s+|d')(\w+)"
    r"|\bcuánt[oa]s\s+(\w+)|\bquant[oia]s?\s+(\w+)|\bin ((?:milli)?seconds|minutes|hours|days|weeks|months|years"
    r"|(?:kilo|centi|milli)?met(?:er|re)s|km|miles|feet|inches|(?:kilo)?grams|kg|pounds|ounces|lit(?:er|re)s"
    r"|gallons|cents|dollars|euros|pounds)\b",
    re.IGNORECASE,
)
_EAST = re.compile("[\u2e80-\u9fff\uac00-\ud7af]+")
_FEW = 5
"""Words of a statement that repeats the question's words and adds its value: "The ratio of red to blue is 2:3"."""
_OWNERS = re.compile("[的之の]")
_STOP = frozenset(
    "a an and are as at be by can did do does for from had has have he her his how if in is it its many much of on or "
    "she so such than that the their them there they this to was were what when where which who will with would you "
    "your did we i "
    "der die das den dem ein eine einen ist sind hat wie viel viele hoch wird wurde und von zu im am "
    "le la les un une est sont de du des combien quel quelle il elle et en au aux "
    "el los las un una es son del cuál cuánto cuánta cuántos cuántas qué y por su sus que se lo "
    "o os as um uma é são do da dos das em no na qual quais quanto quantos quantas seu sua "
    "le l d qu son sa ses lui ihr ihre sein seine sie er es der".split()
)
_BINDING = frozenset("是的之了為为第幾几嗎吗呢")
_EAST_STOP = frozenset(
    "多少 是多 少錢 少钱 有多 幾個 几个 有幾 有几 いく くら です すか ます 얼마 입니 니까 입니까".split()
)


@dataclass(frozen=True)
class AskedFor:
    """What a question asks for, as stems."""

    focus: frozenset[str]
    """Its content words."""
    head: frozenset[str]
    """The quantity's own name: of "what is the new ratio of …", ratio; of "how much profit", profit."""
    counted: str | None
    """What "how many" counts, or the unit that it is to be said in."""
    is_unit: bool
    """Whether it is such a unit."""
    pairs: frozenset[tuple[str, str]] = frozenset()
    """Content words that follow each other: syrup before water is another ratio than water before syrup."""
    around: frozenset[str] = frozenset()
    """The content words of all of the question."""

    def closeness(self, text: str) -> tuple[int, int, int]:
        """How much a text shares with what is asked: words, words in the same order, else words of the question."""
        said = stems(text)
        common = len(self.focus & said), len(self.pairs & frozenset(pairwise(_in_order(text))))
        return (*common, 0 if any(common) else len(self.around & said))

    def strayed(self, text: str) -> int:
        """How many content words of a text the question does not have."""
        return len(stems(text) - self.focus)

    def names(self, text: str) -> bool:
        """Whether a text names the quantity that is asked for."""
        is_echo = text.startswith(ECHOED) and len(text.split()) <= _FEW and "=" not in text
        return is_echo or (bool(self.head) and self.head <= stems(text))

    def is_met(self, text: str) -> bool:
        """Whether a text speaks of what is asked: of its quantity by name, or in half of its words."""
        said = stems(text)
        return (
            ECHOED in text
            or bool(self.head and self.head <= said)
            or (bool(self.focus) and 2 * len(self.focus & said) >= len(self.focus))
        )


@lru_cache(maxsize=1024)
def asked_for(question: str) -> AskedFor:
    """Read from the last sentence that ends in a question mark."""
    parts = sentences(question)
    asked = next((part for part in reversed(parts) if part.endswith(("?", "？"))), parts[-1])
    # "If …, what is …": what is given goes before the question word.
    asked = _QUESTION_WORD.split(asked)[-1]
    counted = _COUNTED.search(asked)
    return AskedFor(
        stems(asked),
        next((_head(found[1]) for pattern in _HEADS if (found := pattern.search(asked))), frozenset()),
        stem(next(filter(None, counted.groups()))) if counted else None,
        bool(counted and counted[counted.re.groups]),
        frozenset(pairwise(_in_order(asked))),
        stems(question),
    )


def _head(words: str) -> frozenset[str]:
    """The stem of a group's last word; of East Asian text its last two characters behind "的"."""
    last = words.split()[-1]
    if _EAST.fullmatch(last):
        return frozenset((_OWNERS.split(last)[-1][-2:],)) - {""}
    return frozenset((stem(last),)) - _STOP


def _in_order(text: str) -> list[str]:
    return [stem(word) for word in WORD.findall(text) if word.casefold() not in _STOP]


def stems(text: str) -> frozenset[str]:
    """The stems of the content words of a text; of East Asian text each two characters that stand together."""
    found = frozenset(stem(word) for word in WORD.findall(text) if word.casefold() not in _STOP)
    return found if text.isascii() else found | frozenset(_pairs(text))


def _pairs(text: str) -> Iterator[str]:
    for run in _EAST.findall(text):
        pairs = (run[at : at + 2] for at in range(len(run) - 1))
        yield from (pair for pair in pairs if pair not in _EAST_STOP and not _BINDING.intersection(pair))


def stem(word: str) -> str:
    """A word's first five letters, or without its plural; what two forms, or two names of a quantity, share."""
    folded = word.casefold().strip(".,:")
    short = folded[:5] if len(folded) > 5 else folded.rstrip("s")
    return _CANONICAL.get(short, short)


_CANONICAL: dict[str, str] = {}
_CANONICAL.update(canonical(stem))
