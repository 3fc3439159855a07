"""The parts of a text that its answer can stand in: the model's own turn, sentences, what follows a marker."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

_TURN = re.compile(
    r"^[ \t]*(?:#{1,6}[ \t]*|\*\*|<\|?)?(?:human|user|question|q|instruction|input|student|customer|problem|問題|问题)"
    r"[ \t]{0,9}\d{0,9}(?:\*\*)?[ \t]{0,9}(?::|：|\|?>)",
    re.IGNORECASE | re.MULTILINE,
)
_SAID = re.compile(r"[^\W_]+")
_MARKER = re.compile(
    r"####[ \t]*|"
    r"\banswers?\b(?:\s+(?:to|for|of)\b[^.:\n]{1,80}?)?"
    r"(?:\s{0,9}[:：=]|\s{1,9}(?:is|are|was|would be|will be|should be|must be|comes to)\b)[ \t:：]*(?:\n\s*)?|"
    r"\bsolution\b(?:\s+(?:to|for|of)\b[^.:\n]{1,80}?)?\s{1,9}(?:is|are|would be|must be)\b[ \t:：]*(?:\n\s*)?|"
    r"\bis the answer\s+(?=[\"'(]|an?\b)|"
    r"(?:答案|正解)(?:是|為|为|:|：)+\s*",
    re.IGNORECASE,
)
_OPENING_MARKER = re.compile(r"\W*(?:final |short )?answer[ \t]*[:：]\s*", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?][\"')\]]*\s+|\n+|[。！？][」』）]?")
_ABBREVIATIONS = ("approx.", "e.g.", "i.e.", "vs.", "No.", "Eq.", "Dr.", "Mr.", "ca.")
_DENIAL = re.compile(
    r"(?:\bnot|\bcannot|n't|\bnever|\bneither|\bnor|\brather than|\binstead of|\bunlike|\bno longer"
    r"|不是|並非|并非|而非|不為)"
    r"[ \t,:\"'(]*(?:(?!only\b|just\b|merely\b|but\b|sure\b|certain\b)"
    r"(?:actually|really|simply|the|an?|be|being|equal to|option|necessarily|in fact)\s+){0,3}[\"'(]{0,9}$"
    r"|\bno\s+(?:such\s+)?$|(?:不是|並非|并非|而非)(?:(?![而但])[\u4e00-\u9fff]){1,6}\s*[(「\"']+$",
    re.IGNORECASE,
)
# "One might think of a ghost, but …": named to be dropped again.
_TEMPTING = re.compile(
    r"\b(?:at first|first thought|first guess|(?:might|may|could|would) (?:think|guess|say|assume)|tempt\w{0,9}|"
    r"one thinks|seems?|sounds like|looks like)\b[^.!?\n]{0,80}$",
    re.IGNORECASE,
)
_DROPPED = re.compile(r"[^.!?\n]{0,60}\b(?:but|however|yet)\b", re.IGNORECASE)
_DENIED_AFTER = re.compile(
    r"[^.!?\n]{0,20}\?[\"')]*\s*(?:no|nope)\b|"
    r"[\")\].,:]{0,9}\s*(?:is|are|was|would be|seems)\s+(?:(?:clearly|simply|also)\s+)?"
    r"(?:wrong|incorrect|false|not (?:correct|right|true|the (?:right |correct )?answer))|"
    r"[)\]]?\s*(?:不(?:對|对|正確|正确)|是錯|是错|錯誤|错误)",
    re.IGNORECASE,
)
# What the patterns above cannot do without.
_DENIES = re.compile(r"no|n't|neither|never|rather|instead|unlike|wrong|incorrect|false|[不非錯错]", re.IGNORECASE)
_TEMPTS = re.compile(r"first|think|guess|say|assume|tempt|seem|sounds|looks", re.IGNORECASE)
WORD = re.compile(r"\w+(?:[.,:]\d++)*+")
READ = 100_000
"""Characters of an answer that are read for being right; each number in them is looked at many times."""
_ECHO = 6
# "Let me think." and "This is a riddle." name nothing; "It is a shadow." does.
_NO_NAME = re.compile(
    r"n't\b|\bsome\w+|\bnot\b|^\W*+(?:sure|certainly|of course|great|good|ok|okay|yes|hello|hi|well|hmm++|"
    r"interesting)\b|^(?!\W*it(?:'s| is| would be)\b).*"
    r"\b(?:is|are|was|let|let's|i|i'm|we|you|this|that|think|here|riddle|question)\b",
    re.IGNORECASE,
)
# "Well!" is no name, "A shadow!" is.
_NAMED = re.compile(r"\W*(?:an?|the|it(?:'s| is))\s", re.IGNORECASE)
# "The answer is … a thief!"
_PAUSE = re.compile(r"^\.{2,}\s*")
# "Darkness: it hides much", "A shadow, which hides much".
_EXPLAINED = re.compile(
    r"(?:\s?(?::|\s-|—|\()\s?(?=(?:it|they|this|that|these|he|she|you|its|their|because)\b)"
    r"|,\s*(?:which|as|who|whom|that|because|since|where)\b).*",
    re.IGNORECASE | re.DOTALL,
)
_MARKER_SIGNS = ("answer", "solution", "####", "答案", "正解")
# Bounds for texts that are nothing but "the answer is the answer is": they keep the time linear.
_MARKERS = 20
_LONGEST = 600


@dataclass(frozen=True)
class _Echo:
    """What of a question is no answer when it is repeated."""

    runs: frozenset[tuple[str, ...]]
    sentences: frozenset[tuple[str, ...]]


def readable(text: str) -> str:
    """What of an answer is read: all, or of more than READ characters the model's own turn, shortened."""
    return text if len(text) <= READ else own_turn(text)


def own_turn(text: str) -> str:
    """The text up to the first line where another speaker begins; such a line at the very start is passed over.

    Of more than READ characters the first half and the last half: an answer stands where a text opens or ends.
    """
    turn = _own_turn(text)
    return turn if len(turn) <= READ else f"{turn[: READ // 2]}\n{turn[-READ // 2 :]}"


def _own_turn(text: str) -> str:
    turns = [turn.start() for turn in _TURN.finditer(text)]
    if not turns:
        return text
    begun = next((word.end() for word in _SAID.finditer(_TURN.sub(blank, text))), len(text))
    return next((text[:turn] for turn in turns if turn >= begun), text)


def markers(text: str) -> list[str]:
    """What follows each explicit marker of an answer (the last twenty), up to the end of its sentence."""
    folded = text.lower()
    if not any(sign in folded for sign in _MARKER_SIGNS):
        return []
    ends = [found.end() for found in _MARKER.finditer(text)][-_MARKERS:]
    return [sentences(_PAUSE.sub("", text[end : end + _LONGEST].lstrip()) or " ")[0] for end in ends]


def without_opening_marker(text: str) -> str:
    """The text without an "Answer:" that it begins with: all of what follows is the answer, not its first sentence."""
    found = _OPENING_MARKER.match(text)
    return text[found.end() :] if found else text


def sentences(text: str) -> list[str]:
    """The sentences and lines of a text, [""] for none."""
    return list(_sentences(text)) or [""]


def _sentences(text: str) -> Iterator[str]:
    begin = 0
    for found in _SENTENCE_END.finditer(text):
        if not text.endswith(_ABBREVIATIONS, begin, found.start() + 1):
            if part := text[begin : found.end()].strip():
                yield part
            begin = found.end()
    if part := text[begin:].strip():
        yield part


def denials(text: str) -> Callable[[int, int], bool]:
    """Says of a place of the text whether what stands there is only named to be denied: "not a ghost", "(A) is wrong".

    Most texts hold no word that could; they are asked once, not at each place.
    """
    denies, tempts = _DENIES.search(text), _TEMPTS.search(text)

    def is_denied(start: int, end: int) -> bool:
        if denies and (_DENIAL.search(text, max(0, start - 48), start) or _DENIED_AFTER.match(text, end)):
            return True
        return bool(tempts and _TEMPTING.search(text, max(0, start - 80), start) and _DROPPED.match(text, end))

    return is_denied


def without_echo(text: str, question: str) -> str:
    """The text without what it repeats of the question: six words in a row, or one of its sentences."""
    asked = _echoed(question)
    words = bare_words(text)
    if not asked.runs.isdisjoint(_runs(words)):
        text = _without_runs(text, asked.runs)
        words = bare_words(text)
    flat = f" {' '.join(words)} "
    if any(f" {' '.join(sentence)} " in flat for sentence in asked.sentences):
        text = "\n".join(line for line in sentences(text) if bare_words(line) not in asked.sentences)
    return text


@lru_cache(maxsize=1024)
def _echoed(question: str) -> _Echo:
    parts = (bare_words(sentence) for sentence in sentences(question))
    return _Echo(frozenset(_runs(bare_words(question))), frozenset(part for part in parts if len(part) >= 3))


def _runs(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    return zip(*(words[offset:] for offset in range(_ECHO)), strict=False)


def _without_runs(text: str, runs: frozenset[tuple[str, ...]]) -> str:
    said = list(WORD.finditer(text))
    here = enumerate(_runs([word[0].casefold() for word in said]))
    repeated = sorted({at + offset for at, run in here if run in runs for offset in range(_ECHO)})
    parts, end = [], 0
    for at in repeated:
        parts.append(text[end : said[at].start()])
        end = said[at].end()
    return "".join([*parts, text[end:]])


def bare_words(text: str) -> tuple[str, ...]:
    """The words of a text, case folded, without punctuation."""
    return tuple(WORD.findall(text.casefold()))


def opening_name(text: str) -> str | None:
    """The first sentence where it is a name (five words at most), explained at most: it is then all of the answer."""
    first = _EXPLAINED.sub("", next(_sentences(text), ""))
    if first.endswith((":", "?")) or not 0 < len(first.split()) <= 5:
        return None
    if first.endswith("!") and not _NAMED.match(first):
        return None
    return None if _NO_NAME.search(first) else first


def blank(found: re.Match[str]) -> str:
    """As many spaces, so that places stay what they are."""
    return " " * len(found[0])
