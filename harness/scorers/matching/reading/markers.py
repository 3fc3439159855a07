"""What announces an answer: "the answer is", "Respuesta:", "####", "答案是"; and what opens a conclusion: "so"."""

from __future__ import annotations

import re

from harness.scorers.matching.reading.passages import folded, sentences

# Texts are read as plain() leaves them: NFKC, so that a full-width colon is ":" and Thai vowels are taken apart.
# By a sign that its texts must hold: asking for signs one by one is many times quicker than one pattern of all.
_PATTERNS = {
    "####": r"####[ \t]*",
    "answer": r"answers?\b(?:\s+(?:to|for|of)\b[^.:\n]{1,80}?)?"
    r"(?:\s{0,9}[:=]|\s{1,9}(?:is|are|was|would be|will be|should be|must be|comes to)\b)[ \t:]*(?:\n\s*)?"
    r"|(?<=final )answer[ \t]{0,9}\n\s*|(?<=\bis the )answer\s+(?=[\"'(]|an?\b)",
    "solution": r"solution\b(?:\s+(?:to|for|of)\b[^.:\n]{1,80}?)?\s{1,9}(?:is|are|would be"
    r"|must be)\b[ \t:]*(?:\n\s*)?",
    "antwort": r"antwort\b[ \t]{0,9}(?::|(?:ist|lautet|wäre)\b[ \t]{0,9}:?)\s*",
    "lösung": r"lösung\b[ \t]{0,9}(?::|(?:ist|lautet|wäre)\b[ \t]{0,9}:?)\s*",
    "endergebnis": r"endergebnis\b[ \t]{0,9}(?::|(?:ist|lautet)\b[ \t]{0,9}:?)\s*",
    "réponse": r"réponse\b(?:[ \t](?:correcte|finale|exacte|juste)\b)?[ \t]{0,9}(?::|(?:est"
    r"|serait)\b[ \t]{0,9}:?)\s*",
    "respuesta": r"respuesta\b(?:[ \t](?:correcta|final|exacta)\b)?[ \t]{0,9}(?::|(?:es|sería)\b[ \t]{0,9}:?)\s*",
    "solución": r"solución\b[ \t]{0,9}(?::|(?:es|sería)\b[ \t]{0,9}:?)\s*",
    "resposta": r"resposta\b(?:[ \t](?:correta|certa|final)\b)?[ \t]{0,9}(?::|é(?!\w)[ \t]{0,9}:?)\s*",
    "risposta": r"risposta\b(?:[ \t](?:corretta|giusta|finale)\b)?[ \t]{0,9}(?::|è(?!\w)[ \t]{0,9}:?)\s*",
    "antwoord": r"antwoord\b[ \t]{0,9}(?::|is\b[ \t]{0,9}:?)\s*",
    "jawaban": r"jawaban(?:nya)?\b(?:[ \t]benar\b)?[ \t]{0,9}(?::|adalah\b[ \t]{0,9}:?)\s*",
    "cevap": r"cevap\b[ \t]{0,9}:\s*",
    "ответ": r"ответ(?:ом)?\b[ \t]{0,9}(?::|[-—]|(?:это|будет)\b)\s*",
    "答": r"答案(?:[應应][该該]?)?(?:[是為为即:]++\s*+|[選选](?=[a-z(]))|答えは、?\s*(?!何)|答え:\s*"
    r"|(?:解答|回答|正答)(?:は、?|:)\s*(?!何)|(?:^|(?<=[\s。]))答:\s*",
    "正解": r"正解(?:は、?|[是為为即:]++)\s*(?!何)",
    "답": r"(?:정답|답변|해답|(?<![가-힣])답)(?:은|는|:)\s*",
    "ตอบ": r"ตอบ(?:ที่ถูกต้อง)?\s{0,3}(?:คือ|:|ข้อ)\s*",
    "إجابة": r"إجابة(?:[ ]الصحيحة?)?[ ]{0,3}(?:هي|هو|:)[ ]{0,3}:?\s*",
    "اجابة": r"اجابة(?:[ ]الصحيحة?)?[ ]{0,3}(?:هي|هو|:)[ ]{0,3}:?\s*",
    "جواب": r"جواب(?:[ ]الصحيح)?[ ]{0,3}(?:هو|:)[ ]{0,3}:?\s*",
    "đáp án": r"đáp án(?:[ ]đúng)?[ ]{0,3}(?:là\b|:)\s*",
    "câu trả lời": r"câu trả lời(?:[ ]đúng)?[ ]{0,3}(?:là\b|:)\s*",
    "उत्तर": r"उत्तर[ ]{0,3}(?:है|:)\s*",
}
_ALL = {sign: re.compile(pattern, re.MULTILINE) for sign, pattern in _PATTERNS.items()}
_ASCII = {sign: pattern for sign, pattern in _ALL.items() if sign.isascii()}
_OPENING_MARKER = re.compile(
    r"\W*(?:(?:final |short )?answer|antwort|réponse|respuesta|resposta|risposta|ответ|答案|答え|答|解答|回答"
    r"|정답|답변|답)"
    r"[ \t]*:\s*",
    re.IGNORECASE,
)
# "The answer is … a thief!"
_PAUSE = re.compile(r"^\.{2,}\s*")
# Bounds for texts that are nothing but "the answer is the answer is": they keep the time linear.
_MARKERS = 20
_LONGEST = 600

_CONCLUSION = re.compile(
    r"\b(?:therefore|thus|hence|in conclusion|consequently|accordingly|finally|in total|altogether)\b|∴"
    r"|因此|所以|故此|故(?=[選选,])|總共|总共|綜上|综上|總之|总之|可知"
    r"|したがって|従って|よって|ゆえに|つまり|結局"
    r"|따라서|그러므로|결국|그래서"
    r"|\b(?:daher|somit|folglich|deshalb|demnach|insgesamt)\b|\A\W{0,9}also (?:ist|sind|hat|haben|gibt|bleib\w{1,3}"
    r"|beträgt)\b"
    r"|\b(?:donc|par conséquent|en conclusion|finalement|au total)\b"
    r"|\b(?:por (?:lo )?tanto|por consiguiente|entonces|así que|en conclusión|finalmente)\b"
    r"|\b(?:portanto|quindi|dunque|pertanto|следовательно|таким образом|итак|значит)\b",
)
_SO = re.compile(r"[.!?\n]\W{0,9}so\b")
_OPENS_SO = re.compile(r"\W{0,9}so\b")
_CONCLUDES = (
    "therefore", "thus", "hence", "conclu", "consequ", "accordingly", "finally", "in total", "altogether", "daher",
    "folglich", "deshalb", "demnach", "insgesamt", "also ", "donc", "finalement", "au total", "tanto", "consiguiente",
    "entonces", "finalmente", "quindi", "dunque", "pertanto",
)  # fmt: skip
_FOREIGN_CONCLUDES = (
    "∴", *"因所故總总綜综最可", "した", "従っ", "よって", "ゆえに", "つまり", "結局",
    "따라", "그러", "결국", "그래", "par cons", "así que", "en conclusión", "след", "таким", "итак", "значит",
)  # fmt: skip


def markers(text: str) -> list[str]:
    """What follows each explicit marker of an answer (the last twenty), up to the end of its sentence."""
    small = folded(text)
    known = _ASCII if small.isascii() else _ALL
    found = (pattern.finditer(small) for sign, pattern in known.items() if sign in small)
    return _behind(text, sorted(match.end() for matches in found for match in matches))


def conclusions(text: str) -> list[str]:
    """What follows each "therefore", "so", "따라서" that a sentence holds, and the first does not open with."""
    small = folded(text)
    found = [match.end() for match in _SO.finditer(small)]
    if _may_conclude(small):
        found += [match.end() for match in _CONCLUSION.finditer(small)]
    return _behind(text, sorted(found))


def _behind(text: str, ends: list[int]) -> list[str]:
    return [sentences(_PAUSE.sub("", text[end : end + _LONGEST].lstrip()) or " ")[0] for end in ends[-_MARKERS:]]


def _may_conclude(small: str) -> bool:
    return any(sign in small for sign in _CONCLUDES) or (
        not small.isascii() and any(sign in small for sign in _FOREIGN_CONCLUDES)
    )


def without_opening_marker(text: str) -> str:
    """The text without an "Answer:" that it begins with: all of what follows is the answer, not its first sentence."""
    found = _OPENING_MARKER.match(text)
    return text[found.end() :] if found else text


def is_conclusion(sentence: str) -> bool:
    """Whether a sentence concludes something: "therefore …", "so …", "따라서 …"."""
    small = folded(sentence)
    return bool(_OPENS_SO.match(small)) or (_may_conclude(small) and bool(_CONCLUSION.search(small)))
