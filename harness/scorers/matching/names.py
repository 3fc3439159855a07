"""Whether a text claims a name, for the kind `contains` and for required points.

A name counts where it stands as whole words and is not denied ("not a ghost but a thief"). For an answer, only what the
text claims is read: what stands behind a correction; there what follows its last marker ("the answer is", "the riddle
describes") or concludes it, the subject of "… is the answer", or an opening that is a name and no more; otherwise all
of it, without reasons ("because of thieves"). A name that is one of several left open ("either a ghost or a thief") is
claimed only where each of them is a key.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from harness.scorers.matching.grades import Rule
from harness.scorers.matching.normalizing import EAST_ASIAN, bare, plain
from harness.scorers.matching.reading import (
    AskedFor,
    asked_for,
    conclusions,
    contrasted,
    corrections,
    denials,
    is_east_asian,
    markers,
    sentences,
    without_opening_marker,
    without_reasons,
)

Claim = Literal["claimed", "denied", "left open", "absent"]


@dataclass(frozen=True)
class Named:
    """What an answer says of a name."""

    says: Claim
    read: str
    """What was read of the answer."""
    rule: Rule
    spellings: tuple[str, ...] = ()
    """The name as it is written there."""


# "It is Canberra", "應該是坎培拉".
_IT_IS = re.compile(
    r"\W*(?:(?:it|this|that|he|she|they|the (?:correct |right |real )?\w{1,20})(?:'s| is| are| must be"
    r"| should be| was)"
    r"|es (?:ist|sind)|c'est|ce sont|(?:es|son)\b|[應应][该該]?[是為为]|是|[為为])\s*"
    r"(?!(?:not|nicht|a bit|true|possible|clear|because)\b)\W{0,3}[^\W_]",
    re.IGNORECASE,
)

_DESCRIBED = re.compile(
    r"\b(?:riddle|question|clue|description|puzzle)s?\b[^.!?\n]{0,20}?\s"
    r"(?:(?:is )?(?:describ|referr?|hint|point|allud|talk)(?:s|es|ing)(?: to| at| about)?|is about)\s+([^.!?\n]+)",
    re.IGNORECASE,
)
# "something that hides" only announces a name.
_ANNOUNCES = re.compile(r"some|what|how|this|these|\b(?:who|that|which)\b", re.IGNORECASE)
_SUBJECT = re.compile(
    r"\W*+((?:[^\W_][\w'-]*+\W{1,3}+){1,4}?)(?:is|are|would be)\s+"
    r"(?:(?:the|my|our)\s+(?:\w+\s+)?(?:answer|solution)|what|something)\b",
    re.IGNORECASE,
)
_THING = re.compile(
    r"\W*+(?:what|the (?:thing|entity|object|concept|one))\b[^.!?\n]{8,}\b(?:is|are)\s+"
    r"((?:[\"'(]|(?:an?|the)\b)?[^.!?\n]{1,40})[.!]+[\"')]*(?:\s|$)",
    re.IGNORECASE,
)
_PRONOUN = re.compile(r"\W*(?:it|this|that|what|here|there|i|you|they|he|she|which|who)\b", re.IGNORECASE)
_OR_EAST = (
    r"または|もしくは|あるいは|それとも|かもしれないし|또는|혹은|아니면|이?거나|일 ?수도 있고|인지(?= )"
    r"|이?나 (?=[^\s]{1,20} 중)"
    r"|或者?|還是|还是|就是|也可能|要[麼么]|也[許许]"
    r"|(?<=[\u30a0-\u30ff\u4e00-\u9fff])か(?=[\u30a0-\u30ff\u4e00-\u9fff「])"
)
_LEFT_OPEN = re.compile(
    r"\b(?:either|could be|might be|may be|can be|perhaps|maybe|possibly|whether|decide between|entweder"
    r"|vielleicht|zwischen|könnte|soit|peut-être|pourrait|hésite entre|quizás?|tal vez|puede ser|podría|o bien"
    r"|dudo entre|talvez|pode ser|poderia|dúvida entre)\b",
    re.IGNORECASE,
)
_BETWEEN = re.compile(rf"\b(?:or|oder|ou|o|u|bzw|soit|aber auch|and|und|et|y|e)\b|,|{_OR_EAST}", re.IGNORECASE)
_PERHAPS = "(?:maybe|perhaps|vielleicht|peut-être|quizás?|talvez|tal vez|soit)"
_OR = re.compile(
    r"\b(?:or|oder|ou|o|u|aber auch)\b|\bbzw\.|\b(?:between|zwischen|entre)\s.{1,80}\s(?:and|und|et|y|e)\s"
    rf"|\b{_PERHAPS}\b.{{1,80}},\s{_PERHAPS}\b"
    rf"|{_OR_EAST}",
    re.IGNORECASE,
)
# "Let me think." and "This is a riddle." name nothing; "It is a shadow." does.
_NO_NAME = re.compile(
    r"n't\b|\bcannot\b|\b(?:nicht|kein|pas|não)\b|\bno (?:es|puede)\b|\bsome\w+|\bnot\b|^\W*+(?:sure|certainly"
    r"|of course|great|good|ok|okay|yes|hello|hi|well|hmm++|"
    r"interesting)\b|^(?!\W*it(?:'s| is| would be)\b).*"
    r"\b(?:is|are|was|let|let's|i|i'm|we|you|this|that|think|here|riddle|question)\b",
    re.IGNORECASE,
)
# "Well!" is no name, "A shadow!" is.
_NAMED = re.compile(r"\W*(?:an?|the|it(?:'s| is))\s", re.IGNORECASE)
# "Darkness: it hides much", "A shadow, which hides much".
_EXPLAINED = re.compile(
    r"(?:\s?(?::|\s-|—|\()\s?(?=(?:it|they|this|that|these|he|she|you|its|their|because)\b)"
    r"|,\s*(?:which|as|who|whom|that|because|since|where)\b).*",
    re.IGNORECASE | re.DOTALL,
)
_SHORT = 8
_LONGEST_NAME = 80
_FEW = 3
_FIRST = 3
"""Sentences of a short answer; a longer text is no list of statements."""
_COPULA = re.compile(r"\b(?:is|are|was|being|would be|ist|sind|est|es|é|è)\b|[是為为]|は|은|는", re.IGNORECASE)
_COPULA_EAST = re.compile(r"[是為为:=は은는]|[がも가이](?!も)")
_EAST = re.compile(f"[{EAST_ASIAN}]")


def claim_of(keys: Sequence[str], text: str, question: str = "") -> Named:
    """What a plain text says of a name that has these spellings."""
    read, rule = claimed(text)
    if rule in ("all", "opening") and question and (asked := _on_what_is_asked(text, question)):
        read, rule = asked, "asked"
    found = mention(keys, read)
    says: Claim = "left open" if found == "claimed" and _is_left_open(keys, read) else found
    return Named(says, read, rule, tuple(spellings(keys, read)))


def _on_what_is_asked(text: str, question: str) -> str | None:
    """Of statements on different things the last that names what is asked; None where not some do and some do not."""
    wanted = asked_for(question)
    if is_east_asian(text):
        return _closest(text, wanted)
    parts = [part for sentence in sentences(text)[:_FIRST] for part in contrasted(sentence)]
    parts = [part for part in parts if _COPULA.search(part) or len(parts) == 2]
    if len(parts) < 2 or any(_PRONOUN.match(part) for part in parts):
        return None
    if wanted.head:
        on = [part for part in parts if wanted.names(part)]
    else:
        close = [wanted.closeness(part)[0] for part in parts]
        on = [part for part, shared in zip(parts, close, strict=True) if shared == max(close)]
    return on[-1] if 0 < len(on) < len(parts) else None


def _closest(text: str, wanted: AskedFor) -> str | None:
    """The same of East Asian text: the last of the clauses that share most with what is asked."""
    parts = [part for sentence in sentences(text)[:_FIRST] for part in contrasted(sentence)]
    parts = [part for part in parts if part and _COPULA_EAST.search(part)]
    said = [(*wanted.closeness(part)[:2], -wanted.strayed(part)) for part in parts]
    if len(parts) < 2 or len(set(said)) < 2 or max(said)[0] == 0 or not all(a[0] for a in said if a != max(said)):
        on = [part for part, share in zip(parts, said, strict=True) if share[0]]
        return on[-1] if len(parts) > 1 and 0 < len(on) < len(parts) else None
    return next(part for part, share in zip(reversed(parts), reversed(said), strict=True) if share == max(said))


def spellings(keys: Sequence[str], text: str) -> Iterator[str]:
    """The keys as a text writes them, each once."""
    yield from dict.fromkeys(found[0] for key in keys for found in _whole_words(key)[1].finditer(text))


def mention(keys: Sequence[str], text: str) -> Literal["claimed", "denied", "absent"]:
    """Whether any of the keys stands undenied in a plain text; denied where all that stand there are."""
    folded = text.casefold()
    patterns = [pattern for first, pattern in map(_whole_words, keys) if first in folded]
    if not any(pattern.search(text) for pattern in patterns):
        return "absent"
    is_denied = denials(text)
    found = (match for pattern in patterns for match in pattern.finditer(text))
    return "denied" if all(is_denied(match.start(), match.end()) for match in found) else "claimed"


def claimed(text: str) -> tuple[str, Rule]:
    """What counts of a text that names things, and why."""
    text = without_opening_marker(text)
    corrected = corrections(text, names_anew)
    if corrected is not None:
        return (found[0], "correction") if (found := _stated(corrected)) else (sentences(corrected)[0], "correction")
    return _stated(text) or (without_reasons(text), "all")


def _stated(text: str) -> tuple[str, Rule] | None:
    for rest in reversed(markers(text)):
        # "The answer is simple:" only announces one.
        if bare(rest) and not rest.endswith(":"):
            return rest, "marker"
    for rest in reversed(conclusions(text)):
        is_name = len(rest.split()) <= _FEW and not _PRONOUN.match(rest)
        if _names(rest) and (is_name or _IT_IS.match(rest)):
            return rest, "conclusion"
    subject = _SUBJECT.match(text)
    if subject and not _PRONOUN.match(subject[1]):
        return subject[1], "subject"
    if thing := _THING.match(text):
        return thing[1], "subject"
    described = [found[1] for found in _DESCRIBED.finditer(text) if not _ANNOUNCES.search(found[1])]
    if described:
        return described[-1], "subject"
    first = _opening_name(text)
    return None if first is None else (first, "opening")


def names_anew(before: str, said: str) -> bool:
    """Whether a sentence behind a "no, …" names something else than the one before it."""
    return _names(said) and not set(bare(said).split()) <= set(bare(before).split())


def _names(said: str) -> bool:
    return len(said) <= _LONGEST_NAME and (bool(_IT_IS.match(said)) or _opening_name(said) is not None)


def _opening_name(text: str) -> str | None:
    """The first sentence where it is a name (five words at most), explained at most: it is then all of the answer."""
    first = _EXPLAINED.sub("", sentences(text)[0])
    if first.endswith((":", "?")) or not 0 < len(first.split()) <= 5 or _length(first) > _LONGEST_NAME:
        return None
    if first.endswith("!") and not _NAMED.match(first):
        return None
    return None if _NO_NAME.search(first) else first


def _length(text: str) -> int:
    """Characters, an East Asian one counted for five: a word has two of them."""
    return len(text) + 4 * len(_EAST.findall(text))


def _is_left_open(keys: Sequence[str], text: str) -> bool:
    """Whether every undenied mention is one of several alternatives of which some are no key."""
    holding = [part for part in sentences(text) if mention(keys, part) == "claimed"]
    return bool(holding) and all(_has_rivals(keys, part) for part in holding)


def _has_rivals(keys: Sequence[str], sentence: str) -> bool:
    hedge = _LEFT_OPEN.search(sentence)
    if not _OR.search(sentence) or not (
        hedge or len(sentence.split()) <= _SHORT * (2 if _EAST.search(sentence) else 1)
    ):
        return False
    behind = sentence[hedge.end() :] if hedge else ""
    options = _BETWEEN.split(behind if _OR.search(behind) else sentence)
    return any(bare(option) and mention(keys, option) == "absent" for option in options)


@lru_cache(maxsize=4096)
def _whole_words(key: str) -> tuple[str, re.Pattern[str]]:
    """The key's first word, case folded, and the pattern that finds the key as whole words."""
    words = bare(key).split() or [plain(key).strip().casefold()]
    # East Asian text has no spaces around a word, be it the key's or what stands beside it.
    begin = rf"(?:(?<![^\W_])|(?<=[{EAST_ASIAN}]))" if words[0].isascii() else ""
    end = rf"(?:(?![^\W_])|(?=[{EAST_ASIAN}]))" if words[-1].isascii() else ""
    inner = r"[\W_]+(?:(?:a|an|the)[\W_]+)?".join(map(re.escape, words))
    return words[0], re.compile(begin + inner + end, re.IGNORECASE)
