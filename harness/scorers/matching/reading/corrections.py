"""Where a text takes back what it said: "7? No, 8", "wait, that's wrong", "更正：8", "いや、8です"."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from harness.scorers.matching.reading.passages import folded, sentences

_BREAK = r"[.!?…。,;:、\n(\"—-]\s{0,9}"
# Most of what follows a break opens with one of these, and corrects nothing.
_ON = (
    r"(?!(?:the|in|a|to|for|as|with|of|you|we|they|he|she|which|while|when|where|by|from|at|such|including|these"
    r"|if)\b)"
)
_STOP = r"(?=\s{0,3}(?:[,.:;!?、—…-]|\n))"
# Words that answer a question too ("No, …") need a stop behind them, and something before them that they take back.
_CUE = re.compile(
    rf"{_BREAK}{_ON}(?:(?:oh|ah|hmm|um|oops|and|but|well),?\s{{1,3}})?(?:(?:no|nope){_STOP}|no (?=it(?:'s| is)\b"
    rf"|that(?:'s| is)\b|wait\b|actually\b)|(?:no,? )?(?:hold on|wait)(?:,? (?:no|an? (?:minute|second|moment)"
    rf"|actually|sorry)\b)?(?:{_STOP}|(?= (?:it|that|no)\b))(?!\s{{0,3}}[,.:…-]{{1,3}}\s{{0,3}}(?:let me|let's"
    rf"|i should) (?:double|check|verify|make sure))|(?:i'm |i am )?sorry{_STOP}|(?:my (?:mistake|bad|error"
    rf"|apologies)|apologies|oops|whoops|correction|corrected|edit){_STOP}|(?:i'm "
    rf"|i am )?(?:sorry,? )?(?:but )?i (?:meant|mean|misspoke|miscounted|miscalculated|misread|was wrong"
    rf"|stand corrected|correct myself|made (?:a|an) (?:\w{1, 12} )?(?:mistake|error)|take (?:that|it) back"
    rf"|apologi[sz]e)\b|let me (?:correct|fix|revise|redo|rephrase|recalculate|recompute)\b|(?:scratch"
    rf"|strike) that\b|(?:or )?rather{_STOP}|or rather\b|(?:no,? )?(?:that|this|which)(?:'s| is| was) (?:wrong"
    rf"|incorrect|not right|not correct|a mistake|not quite right)\b|on second thought\b|correct(?:ed)? (?:value"
    rf"|number|result|figure|count) is\b|(?:nein|halt|moment|stopp|korrektur|entschuldigung|verzeihung|pardon"
    rf"|falsch|besser gesagt|genauer gesagt|vielmehr){_STOP}|(?:nein,? )?(?:ich (?:meine|meinte|korrigiere)"
    rf"|tut mir leid|das (?:ist|war) falsch)\b|(?:non|pardon|attende?[sz]|correction|erreur|désolée?"
    rf"|ou plutôt){_STOP}|ou plutôt\b|(?:non,? )?(?:je (?:corrige|voulais dire|me (?:corrige|trompe"
    rf"|suis trompée?))|c'est faux|c'était faux)\b|(?:espera|esperen?|perdón|perdona|disculpa|disculpe"
    rf"|corrección|correção|correzione|mejor dicho|desculpe|scusa|anzi|lo siento){_STOP}"
    rf"|(?:no,? )?(?:me (?:equivoqué|corrijo)|quise decir|quiero decir|eso (?:es|está) (?:mal|incorrecto)"
    rf"|corrijo)\b|(?:não|нет|извините|исправление|поправка|ошибка|точнее){_STOP}|(?:不|不是|不[對对]|[錯错]了?"
    rf"|[這这]不[對对]|等等|等一下|抱歉|[對对]不起|更正|修正|[糾纠]正){_STOP}|(?:不[對对]"
    rf"|[錯错]了),?\s{0, 3}(?=[應应]|答|是)|我[說说算寫写看記记想]?[錯错]了|(?:更正|修正)(?:[為为]|一下|如下)"
    rf"|(?:いや|いえ|いいえ|違う|違います|違いました|間違い|間違えた|訂正|すみません|失礼|失礼しました|待って"
    rf"|ちょっと待って){_STOP}|(?:すみません、)?(?:間違(?:い|え)(?:です|でした|ました)|訂正します|正しくは)"
    rf"|(?:아니|아니요|아니오|아니야|아뇨|정정|잠깐|잠깐만|죄송합니다|미안합니다|미안){_STOP}"
    rf"|(?:아,? )?(?:(?:계산이|제가|답이) )?(?:틀렸(?:습니다|어요|네요|다)|잘못(?:했|됐|되었|계산"
    rf"|말)[가-힣]{1, 5}|정정(?:합니다|하면|하자면)))",
)
# These open a correction, and any remark as well: only a short statement behind them takes something back.
_WEAK = re.compile(
    rf"{_BREAK}(?:(?:but|no|hmm|well|oh),?\s{{1,3}})?(?:(?:it(?:'s| is)|that(?:'s| is)) actually|actually"
    rf"|in fact|eigentlich|tatsächlich|en fait|en réalité|en realidad|de hecho|其[實实]|[實实][際际]上|実は"
    rf"|実際は|사실은?|실제로는?)(?!\w)",
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
