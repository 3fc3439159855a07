"""Where a text takes back what it said: "7? No, 8", "wait, that's wrong", "更正：8", "いや、8です"."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from harness.scorers.matching.reading.passages import folded, sentences

_BREAK = r"[.!?…。,;:、\n(\"—-]\s{0,9}"
# Most of what follows a break opens with one of these, and corrects nothing.
_ON = (
    r"(?!(?:the|in|a|to|for|as|with|of|you|we|they|he|she|which|while|when|where|by|from|at|such|including|these|if)\b)"
)
_STOP = r"(?=\s{0,3}(?:[,.:;!?、—…-]|\n))"
# Words that answer a question too ("No, …") need a stop behind them, and something before them that they take back.
_CUE = re.compile(
    rf"{_BREAK}{_ON}(?:(?:oh|ah|hmm|um|oops|and|but|well),?\s{{1,3}})?(?:"
    rf"(?:no|nope){_STOP}|no (?=it(?:'s| is)\b|that(?:'s| is)\b|wait\b|actually\b)"
    rf"|(?:no,? )?(?:hold on|wait)(?:,? (?:no|an? (?:minute|second|moment)|actually|sorry)\b)?(?:{_STOP}"
    rf"|(?= (?:it|that|no)\b))"
    rf"(?!\s{{0,3}}[,.:…-]{{1,3}}\s{{0,3}}(?:let me|let's|i should) (?:double|check|verify|make sure))"
    rf"|(?:i'm |i am )?sorry{_STOP}|(?:my (?:mistake|bad|error|apologies)|apologies|oops|whoops|correction"
    rf"|corrected|edit){_STOP}"
    r"|(?:i'm |i am )?(?:sorry,? )?(?:but )?i (?:meant|mean|misspoke|miscounted|miscalculated|misread|was wrong"
    r"|stand corrected|correct myself|"
    r"made (?:a|an) (?:\w{1,12} )?(?:mistake|error)|take (?:that|it) back|apologi[sz]e)\b"
    rf"|let me (?:correct|fix|revise|redo|rephrase|recalculate|recompute)\b|(?:scratch|strike) that\b"
    rf"|(?:or )?rather{_STOP}|or rather\b"
    r"|(?:no,? )?(?:that|this|which)(?:'s| is| was) (?:wrong|incorrect|not right|not correct|a mistake"
    r"|not quite right)\b"
    r"|on second thought\b|correct(?:ed)? (?:value|number|result|figure|count) is\b"
    rf"|(?:nein|halt|moment|stopp|korrektur|entschuldigung|verzeihung|pardon|falsch|besser gesagt|genauer gesagt"
    rf"|vielmehr){_STOP}"
    r"|(?:nein,? )?(?:ich (?:meine|meinte|korrigiere|habe mich (?:verrechnet|vertan|geirrt|verschrieben|verzählt))|tut mir leid|das (?:ist|war) falsch|das stimmt(?: so)? nicht)\b"
    rf"|(?:non|pardon|attende?[sz]|correction|erreur|désolée?|ou plutôt){_STOP}|ou plutôt\b"
    r"|(?:non,? )?(?:je (?:corrige|voulais dire|me (?:corrige|trompe|suis trompée?))|c'est faux|c'était faux)\b"
    rf"|(?:espera|espere|não|nao|esperen?|perdón|perdona|disculpa|disculpe|corrección|correção|correzione|mejor dicho|desculpe"
    rf"|scusa|anzi|lo siento){_STOP}"
    r"|(?:no,? )?(?:me (?:equivoqué|corrijo)|errei\b|enganei-me|me enganei|quise decir|quiero decir|eso (?:es|está) (?:mal|incorrecto)|corrijo)\b"
    rf"|(?:нет|извините|исправление|поправка|ошибка|точнее){_STOP}"
    rf"|(?:不|不是|不[對对]|[錯错]了?|[這这]不[對对]|等等|等一下|抱歉|[對对]不起|更正|修正|[糾纠]正){_STOP}"
    r"|(?:不[對对]|[錯错]了),?\s{0,3}(?=[應应]|答|是)|我[說说算寫写看記记想]?[錯错]了|(?:更正|修正)(?:[為为]"
    r"|一下|如下)"
    rf"|(?:いや|いえ|いいえ|違う|違います|違いました|間違い|間違えた|訂正|すみません|失礼|失礼しました|待って"
    rf"|ちょっと待って){_STOP}"
    r"|(?:すみません、)?(?:間違(?:い|え)(?:です|でした|ました)|訂正します|正しくは)"
    rf"|(?:아니|아니요|아니오|아니야|아뇨|정정|잠깐|잠깐만|죄송합니다|미안합니다|미안){_STOP}"
    r"|(?:아,? )?(?:틀렸(?:습니다|어요|네요|다)|잘못(?:했|됐|되었|계산|말)[가-힣]{1,5}|정정(?:합니다|하면|하자면))"
    r")",
)
# These open a correction, and any remark as well: only a short statement behind them takes something back.
_WEAK = re.compile(
    rf"{_BREAK}(?:(?:but|no|hmm|well|oh),?\s{{1,3}})?(?:(?:it(?:'s| is)|that(?:'s| is)) actually|actually|in fact"
    r"|eigentlich|tatsächlich|en fait|en réalité|en realidad|de hecho|其[實实]|[實实][際际]上|実は|実際は"
    r"|사실은?|실제로는?)(?!\w)",
)
_SAID = re.compile(r"[^\W_]")
_CONFIRMS = re.compile(r"\W*(?:that(?:'s| is) (?:right|correct)|yes\b|correct\b|對|对|はい|네)", re.IGNORECASE)
_WORDS_OF_A_REMARK = 8
_CUES = 12
_LONGEST = 400


def corrections(text: str, takes_back: Callable[[str, str], bool]) -> str | None:
    """What stands behind the last correction of a text that states something instead; None where none does.

    takes_back says of the sentence before and the one behind whether the second states what the first did not.
    """
    for start, end, weak in reversed(list(_cues(text))):
        rest = text[end:].lstrip(" \t\n,.:;!?、。—…-")
        said = sentences(rest[:_LONGEST])[0]
        if said.endswith("?") or _CONFIRMS.match(said) or (weak and len(said.split()) > _WORDS_OF_A_REMARK):
            continue
        before = sentences(text[max(0, start - _LONGEST) : start + 1])[-1]
        if takes_back(before, said):
            return rest
    return None


def _cues(text: str) -> Iterator[tuple[int, int, bool]]:
    """(start, end, weak) of the last twelve of each kind behind which a text goes on, in its order."""
    begun, small = _SAID.search(text), folded(text)
    found = [
        (cue.start(), cue.end(), weak)
        for pattern, weak in ((_CUE, False), (_WEAK, True))
        for cue in list(pattern.finditer(small, begun.end() if begun else len(text)))[-_CUES:]
    ]
    yield from sorted(found)
