"""What a text names only to deny it: "not a ghost", "(A) is wrong", "8 ではなく", "7? No."."""

from __future__ import annotations

import re
from collections.abc import Callable

_BEFORE = re.compile(
    r"(?:\bnot|\bcannot|n't|\bnever|\bneither|\bnor|\brather than|\binstead of|\bunlike|\bno longer"
    r"|不是|並非|并非|而非|不為|不[選选應应]|排除|\bnicht|\bkein\w{0,2}|\bn'est pas|\bpas|\bno (?:es|son)"
    r"|\bstatt|\bau lieu d[eu']"
    r"|\ben (?:vez|lugar) de|\brul(?:e|es|ed|ing) out|\beliminat(?:e|es|ed|ing)|\bexclud(?:e|es|ed|ing))"
    r"[ \t,:\"'(]{0,9}(?:(?!only\b|just\b|merely\b|but\b|sure\b|certain\b|nur\b|seulement\b)"
    r"(?:actually|really|simply|the|an?|be|being|equal to|options?|choices?|necessarily|in fact|der|die|das|ein"
    r"|le|la|el"
    r"|une?)\s+){0,3}[\"'(]{0,9}$"
    r"|\bno\s+(?:such\s+)?$|(?:不是|並非|并非|而非)(?:(?![而但])[\u4e00-\u9fff]){1,6}\s{0,3}[(「\"']+$"
    r"|(?:不[選选]|排除)(?:[選选][項项])?\s{0,3}[(]?$",
    re.IGNORECASE,
)
# "One might think of a ghost, but …": named to be dropped again.
_TEMPTING = re.compile(
    r"\b(?:at first|first thought|first guess|(?:might|may|could|would) (?:think|guess|say|assume)|tempt\w{0,9}|"
    r"one thinks|seems?|sounds like|looks like)\b[^.!?\n]{0,80}$",
    re.IGNORECASE,
)
_DROPPED = re.compile(r"[^.!?\n]{0,60}\b(?:but|however|yet)\b", re.IGNORECASE)
_AFTER = re.compile(
    r"[^.!?\n]{0,20}\?[\"')]*\s{0,9}(?:(?:no|nope|nein|non|niet|нет)\b|不|いや|いいえ|아니)|"
    r"[\")\].,:]{0,9}\s{0,3}(?:is|are|was|would be|seems|looks)\s+(?:(?:clearly|simply|also|therefore|both"
    r"|all)\s+){0,2}"
    r"(?:wrong|incorrect|false|ruled out|excluded|eliminated|not (?:correct|right|true|the (?:right "
    r"|correct )?answer))|"
    r"[\")\].,:]{0,9}\s{0,3}(?:can be|must be|cannot be|can't be)\s+(?:ruled out|excluded|eliminated|dismissed"
    r"|right|correct)|"
    r"[\"')\]]{0,9}\s{0,3}[.,;-]{1,2}\s{0,3}(?:no,\s{0,3})?(?:that|this|which)(?:'s| is| was) (?:wrong|incorrect"
    r"|not (?:right|correct))|"
    r"[)\]]?\s{0,3}(?:[選选]?[項项])?(?:[是為为]|的[說说]法)?\s{0,3}(?:也|均|都|皆|顯然|显然)?"
    r"(?:不(?:對|对|正確|正确|符合|合[題题適适]|[選选成])|[錯错](?:誤|误|了|的)?|排除|[應应]?排除|有[誤误])|"
    r"[)\]]?\s{0,3}(?:番|は|が|も|の選択肢は)?\s{0,3}(?:間違|誤り|誤って|不正解|不適切|違う|違い|正しくな"
    r"|適切でな|ではな|じゃな)|"
    r"[)\]]?\s{0,3}번?\s{0,3}(?:은|는|이|가|도)?\s{0,3}(?:틀[린렸리]|오답|잘못|아니|아닙|옳지 않|맞지 않|정답이 아)|"
    r"[\")\].,:]{0,9}\s{0,3}(?:(?:ist|sind|wäre)\s+(?:(?:auch|also|leider)\s+)?(?:falsch|nicht (?:richtig"
    r"|korrekt)|unzutreffend)|"
    r"(?:est|sont)\s+(?:fauss?e?s?|incorrecte?s?)|n'est pas|(?:es|son|está|están)\s+(?:incorrect[oa]s?"
    r"|fals[oa]s?|erróne[oa]s?)|"
    r"no (?:es|son) correct[oa]s?)",
    re.IGNORECASE,
)
# What the patterns above cannot do without.
_DENIES = re.compile(
    r"no|n't|neither|never|rather|instead|unlike|wrong|incorrect|false|rul|elim|exclu|dismiss|nicht|kein|nein"
    r"|statt|falsch|"
    r"unzutr|pas|lieu|fau[sx]|vez|lugar|errón|нет|[不非錯错誤误除]|[間違誤]|な|いや|いいえ|틀|오답|잘못|아니|아닙|않",
    re.IGNORECASE,
)
_TEMPTS = re.compile(r"first|think|guess|say|assume|tempt|seem|sounds|looks", re.IGNORECASE)


def denials(text: str) -> Callable[[int, int], bool]:
    """Says of a place of the text whether what stands there is only named to be denied: "not a ghost", "(A) is wrong".

    Most texts hold no word that could; they are asked once, not at each place.
    """
    denies, tempts = _DENIES.search(text), _TEMPTS.search(text)

    def is_denied(start: int, end: int) -> bool:
        if denies and (_BEFORE.search(text, max(0, start - 48), start) or _AFTER.match(text, end)):
            return True
        return bool(tempts and _TEMPTING.search(text, max(0, start - 80), start) and _DROPPED.match(text, end))

    return is_denied
