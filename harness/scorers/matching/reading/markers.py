"""What announces an answer: "the answer is", "Respuesta:", "####", "答案是"; and what opens a conclusion: "so"."""

from __future__ import annotations

import re

from harness.scorers.matching.reading.passages import sentences

# Texts are read as plain() leaves them: NFKC, so that a full-width colon is ":" and Thai vowels are taken apart.
_MARKER = re.compile(
    r"####[ \t]*|"
    r"\banswers?\b(?:\s+(?:to|for|of)\b[^.:\n]{1,80}?)?"
    r"(?:\s{0,9}[:=]|\s{1,9}(?:is|are|was|would be|will be|should be|must be|comes to)\b)[ \t:]*(?:\n\s*)?|"
    r"\bsolution\b(?:\s+(?:to|for|of)\b[^.:\n]{1,80}?)?\s{1,9}(?:is|are|would be|must be)\b[ \t:]*(?:\n\s*)?|"
    r"\bfinal answer[ \t]{0,9}\n\s*|"
    r"\bis the answer\s+(?=[\"'(]|an?\b)|"
    r"\b(?:antwort|lösung|endergebnis)\b[ \t]{0,9}(?::|(?:ist|lautet|wäre)\b[ \t]{0,9}:?)\s*|"
    r"\bréponse\b(?:[ \t](?:correcte|finale|exacte|juste)\b)?[ \t]{0,9}(?::|(?:est|serait)\b[ \t]{0,9}:?)\s*|"
    r"\b(?:respuesta|solución)\b(?:[ \t](?:correcta|final|exacta)\b)?[ \t]{0,9}(?::|(?:es|sería)\b[ \t]{0,9}:?)\s*|"
    r"\b(?:resposta|risposta|antwoord|jawaban|jawabannya|cevap)\b(?:[ \t](?:correta|certa|final|corretta|benar)\b)?"
    r"[ \t]{0,9}(?::|(?:é|è|is|adalah)(?!\w)[ \t]{0,9}:?)\s*|"
    r"(?:答案|正解|正答)(?:[應应][該该]?)?(?:[是為为即:]++\s*+|[選选](?=[A-Z(]))|(?:^|(?<=[\s。]))答:\s*|"
    r"(?:答え|解答|回答|正解|正答|答)は、?\s*(?!何)|(?:答え|解答|回答):\s*|"
    r"(?:정답|답변|해답|(?<![가-힣])답)(?:은|는|:)\s*|"
    r"\bответ(?:ом)?\b[ \t]{0,9}(?::|[-—]|(?:это|будет)\b)\s*|"
    r"ตอบ(?:ที่ถูกต้อง)?\s{0,3}(?:คือ|:|ข้อ)\s*|"
    r"(?:الإجابة|الاجابة|الجواب)(?:[ ]الصحيحة?)?[ ]{0,3}(?:هي|هو|:)[ ]{0,3}:?\s*|"
    r"\b(?:đáp án|câu trả lời)(?:[ ]đúng)?[ ]{0,3}(?:là\b|:)\s*|"
    r"उत्तर[ ]{0,3}(?:है|:)\s*",
    re.IGNORECASE | re.MULTILINE,
)
_OPENING_MARKER = re.compile(
    r"\W*(?:(?:final |short )?answer|antwort|réponse|respuesta|resposta|risposta|ответ|答案|答え|答|解答|回答"
    r"|정답|답변|답)"
    r"[ \t]*:\s*",
    re.IGNORECASE,
)
# A text that holds none of these holds no marker; asking for them one by one is many times quicker.
_SIGNS = (
    "answer", "solution", "####", "antwort", "endergebnis", "respuesta", "resposta", "risposta", "antwoord", "jawaban",
    "cevap",
)  # fmt: skip
_FOREIGN_SIGNS = (
    "答", "正解", "답", "lösung", "réponse", "solución", "ответ", "ตอบ", "الإجابة", "الاجابة", "الجواب", "đáp án", 
    "câu trả lời", "उत्तर",
)  # fmt: skip
# "The answer is … a thief!"
_PAUSE = re.compile(r"^\.{2,}\s*")
# Bounds for texts that are nothing but "the answer is the answer is": they keep the time linear.
_MARKERS = 20
_LONGEST = 600

_CONCLUSION = re.compile(
    r"\b(?:therefore|thus|hence|in conclusion|consequently|accordingly|finally|in total|altogether)\b|^\W*so\b|∴"
    r"|因此|所以|故此|故(?=[選选,])|總共|总共|綜上|综上|總之|总之|可知"
    r"|したがって|従って|よって|ゆえに|つまり|結局"
    r"|따라서|그러므로|결국|그래서"
    r"|\b(?:daher|somit|folglich|deshalb|demnach|insgesamt)\b|^\W*also (?:ist|sind|hat|haben|gibt|bleib\w{1,3}"
    r"|beträgt)\b"
    r"|\b(?:donc|par conséquent|en conclusion|finalement|au total)\b"
    r"|\b(?:por (?:lo )?tanto|por consiguiente|entonces|así que|en conclusión|finalmente)\b"
    r"|\b(?:portanto|quindi|dunque|pertanto|следовательно|таким образом|итак|значит)\b",
    re.IGNORECASE,
)


def markers(text: str) -> list[str]:
    """What follows each explicit marker of an answer (the last twenty), up to the end of its sentence."""
    folded = text.lower()
    if not _may_mark(folded):
        return []
    ends = [found.end() for found in _MARKER.finditer(text)][-_MARKERS:]
    return [sentences(_PAUSE.sub("", text[end : end + _LONGEST].lstrip()) or " ")[0] for end in ends]


def _may_mark(folded: str) -> bool:
    signs = _SIGNS if folded.isascii() else (*_SIGNS, *_FOREIGN_SIGNS)
    return any(sign in folded for sign in signs)


def without_opening_marker(text: str) -> str:
    """The text without an "Answer:" that it begins with: all of what follows is the answer, not its first sentence."""
    found = _OPENING_MARKER.match(text)
    return text[found.end() :] if found else text


def conclusion(sentence: str) -> str | None:
    """What a sentence says behind its last "therefore", "so", "따라서"; None where it concludes nothing."""
    ends = [found.end() for found in _CONCLUSION.finditer(sentence)]
    return sentence[ends[-1] :] if ends else None
