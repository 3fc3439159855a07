"""What announces an answer: "the answer is", "Respuesta:", "####", "答案是"; and what opens a conclusion: "so"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.scorers.matching.reading.passages import folded, sentences
from harness.scorers.matching.reading.signs import Signs

# Texts are read as plain() leaves them: NFKC, so that a full-width colon is ":" and Thai vowels are taken apart.
# By a sign that its texts must hold: asking for signs one by one is many times quicker than one pattern of all.
_PATTERNS = {
    "####": r"####[ \t]*",
    "answer": r"answers?\b(?:\s+(?:to|for|of)\b[^.:\n]{1,80}?)?(?:\s{0,9}[:=]|\s{1,9}(?:is|are|was|would be"
    r"|will be|should be|must be|comes to)\b)[ \t:]*(?:\n\s*)?|(?<=final )answer[ \t]{0,9}\n\s*"
    r"|(?<=\bis the )answer\s+(?=[\"'(]|an?\b)",
    "solution": r"solution\b(?:\s+(?:to|for|of)\b[^.:\n]{1,80}?)?\s{1,9}(?:is|are|would be"
    r"|must be)\b[ \t:]*(?:\n\s*)?",
    "result": r"(?:(?<=^)|(?<=\n)|(?<=final )|(?<=end ))result[ \t]{0,9}[:=]\s*",
    "ergebnis": r"(?:(?<=^)|(?<=\n))ergebnis[ \t]{0,9}[:=]\s*",
    "résultat": r"(?:(?<=^)|(?<=\n))résultat(?:[ \t]final)?[ \t]{0,9}[:=]\s*",
    "resultado": r"(?:(?<=^)|(?<=\n))resultado(?:[ \t]final)?[ \t]{0,9}[:=]\s*",
    "solution :": r"(?:(?<=^)|(?<=\n))solution[ \t]{0,3}:\s*",
    "solution:": r"(?:(?<=^)|(?<=\n))solution:\s*",
    "solução": r"solução\b[ \t]{0,9}(?::|é(?!\w)[ \t]{0,9}:?)\s*",
    "antwort": r"antwort\b[ \t]{0,9}(?::|(?:ist|lautet|wäre)\b[ \t]{0,9}:?)\s*"
    r"|(?:(?<=lautet die )|(?<=lautet meine )|(?<=ist die )|(?<=ist meine ))antwort\s+(?=\S)",
    "lösung": r"lösung\b[ \t]{0,9}(?::|(?:ist|lautet|wäre)\b[ \t]{0,9}:?)\s*",
    "endergebnis": r"endergebnis\b[ \t]{0,9}(?::|(?:ist|lautet)\b[ \t]{0,9}:?)\s*",
    "réponse": r"réponse\b(?:[ \t]\w{3,12}\b(?<!est)(?<!serait))?[ \t]{0,9}(?::|(?:est"
    r"|serait)\b[ \t]{0,9}:?)\s*",
    "respuesta": r"respuesta\b(?:[ \t]\w{4,12}\b(?<!sería))?[ \t]{0,9}(?::|(?:es|sería)\b[ \t]{0,9}:?)\s*",
    "solución": r"solución\b[ \t]{0,9}(?::|(?:es|sería)\b[ \t]{0,9}:?)\s*",
    "resposta": r"resposta\b(?:[ \t]\w{4,12}\b)?[ \t]{0,9}(?::|é(?!\w)[ \t]{0,9}:?)\s*",
    "risposta": r"risposta\b(?:[ \t]\w{4,12}\b)?[ \t]{0,9}(?::|è(?!\w)[ \t]{0,9}:?)\s*",
    "antwoord": r"antwoord\b[ \t]{0,9}(?::|is\b[ \t]{0,9}:?)\s*",
    "jawaban": r"jawaban(?:nya)?\b(?:[ \t]benar\b)?[ \t]{0,9}(?::|adalah\b[ \t]{0,9}:?)\s*",
    "cevap": r"cevap\b[ \t]{0,9}:\s*",
    "ответ": r"ответ(?:ом)?\b[ \t]{0,9}(?::|[-—]|(?:это|будет)\b)\s*",
    "答": r"答案(?:[應应][该該]?)?(?:[是為为即:]++\s*+|[選选](?=[a-z(]))|答え(?:は、?|が)\s*(?!何)"
    r"|答え[\])】」]?(?::|[ \t]*\n|[ \t]+|(?<=】))\s*|(?:解答"
    r"|回答|正答)(?:は、?|:)\s*(?!何)|(?:^|(?<=[\s。]))答[】\]]?:\s*|答案[就便][是為为]\s*",
    "結果": r"結果(?:(?<=最終結果)|(?<=最後結果)|(?<=的な結果)|(?<=後的結果)|(?<=終的結果))(?:は、?"
    r"|[是為为即:]++)\s*",
    "结果": r"结果(?:(?<=最终结果)|(?<=最后结果)|(?<=后的结果)|(?<=终的结果))[是为即:]++\s*",
    "正解": r"正解(?:は、?|[是為为即:]++)\s*(?!何)",
    "답": r"(?:정답|답변|해답|(?<![가-힣])답)(?:은|는|:|[ \t]{0,3}\n)\s*",
    "ตอบ": r"ตอบ(?:ที่ถูกต้อง)?\s{0,3}(?:คือ|:|ข้อ)\s*",
    "إجابة": r"إجابة(?:[ ]الصحيحة?)?[ ]{0,3}(?:هي|هو|:)[ ]{0,3}:?\s*",
    "اجابة": r"اجابة(?:[ ]الصحيحة?)?[ ]{0,3}(?:هي|هو|:)[ ]{0,3}:?\s*",
    "جواب": r"جواب(?:[ ]الصحيح)?[ ]{0,3}(?:هو|:)[ ]{0,3}:?\s*",
    "đáp án": r"đáp án(?:[ ]đúng)?[ ]{0,3}(?:là\b|:)\s*",
    "câu trả lời": r"câu trả lời(?:[ ]đúng)?[ ]{0,3}(?:là\b|:)\s*",
    "उत्तर": r"उत्तर[ ]{0,3}(?:है|:)\s*",
}
_ALL = {sign: re.compile(pattern, re.MULTILINE) for sign, pattern in _PATTERNS.items()}
_MARKED = Signs(_ALL, {sign: sign for sign in _ALL})
_OPENING_MARKER = re.compile(
    r"\W*(?:(?:final |short )?answer|antwort|réponse|respuesta|resposta|risposta|ответ|答案|答え|答|解答|回答"
    r"|정답|답변|답)[ \t]*:\s*",
    re.IGNORECASE,
)
# "The answer is … a thief!"
_NEAR = 24
_FORMER = re.compile(
    r"(?:\b(?:first|initial|earlier|previous|original|tentative|wrong|intermediate|partial|ersten?|frühere|anfängliche|premi(?:er|ère)"
    r"|initiale?|primera?|primeira?|anterior)\s|第一次的?|最初の|一開始的?|一开始的?"
    r"|原本的?|先前的?|처음(?:의| 고른)?\s?)$"
)
_PAUSE = re.compile(r"^\.{2,}\s*")
# Bounds for texts that are nothing but "the answer is the answer is": they keep the time linear.
_MARKERS = 20
_LONGEST = 600

_CONCLUDING = (
    "therefore thus hence consequently accordingly finally altogether daher somit folglich deshalb demnach "
    "insgesamt donc logo luego "
    "finalement entonces finalmente portanto folgerichtig mithin ainsi así assim então "
    "quindi dunque pertanto следовательно итак значит daí"
).split()
_CONCLUDING_PHRASES = (
    "in conclusion", "in total", "por eso", "por isso", "de donde", "de onde", "d'où", "from that", "from this",
    "from which", "that leaves", "on en déduit", "daraus folgt",
    "de ahí que", "de ahí", "de là",
    "par conséquent", "en conclusion", "en conclusión", "au total", "por tanto", "por lo tanto",
    "por consiguiente", "así que",
    "таким образом",
)  # fmt: skip
_CONCLUDING_EAST = (
    "因此", "所以", "故此", "總共", "总共", "綜上", "综上", "總之", "总之", "可知", "可得", "由此", "得出",
    "したがって",
    "従って", "よって", "ゆえに", "つまり",
    "結局", "따라서", "그러므로", "결국", "그래서", "∴", "以上から", "以上より",
)  # fmt: skip
_CONCLUSIONS = {
    **{word: re.compile(rf"{word}\b") for word in (*_CONCLUDING, *_CONCLUDING_PHRASES)},
    **{word: re.compile(word) for word in _CONCLUDING_EAST},
    "故": re.compile("故(?=[選选,])"),
    "also ": re.compile(r"also (?=ist|sind|hat|haben|gibt|bleib|beträgt)"),
}
_CONCLUDED = Signs(_CONCLUSIONS, {word: word for word in _CONCLUSIONS})
_SO = re.compile(r"[.!?\n]\W{0,9}so\b")
_OPENS_SO = re.compile(r"\W{0,9}so\b")


def markers(text: str) -> list[str]:
    """What follows each explicit marker of an answer (the last twenty), up to the end of its sentence."""
    small = folded(text)
    found = (pattern.finditer(small) for _, pattern in _MARKED.held(small))
    ends = (
        match.end()
        for matches in found
        for match in matches
        if not (_is_former(small, match.start()) or _IS_FALSE.match(small, match.end()))
    )
    return _behind(text, sorted(ends))


def _is_former(small: str, start: int) -> bool:
    """Whether it announces an answer that another followed: "my first answer was 7"."""
    return bool(_FORMER.search(small, max(0, start - _NEAR), start))


# "The answer 7 would be wrong" announces none.
_IS_FALSE = re.compile(r"\s*(?:wrong|false|incorrect|fauss|errón|err[ao]d|incorre|fals[oac]|nicht|not\s+\w+[,.]?\s*$)")


def conclusions(text: str) -> list[str]:
    """What follows each "therefore" or "so" of a text, but for one that it opens with, up to its sentence's end."""
    small = folded(text)
    return _behind(text, sorted([*(found.end() for found in _SO.finditer(small)), *_concluding(small)]))


def _concluding(small: str) -> Iterator[int]:
    """Where the words end that open a conclusion, in small letters."""
    for _, pattern in _CONCLUDED.held(small):
        yield from (found.end() for found in pattern.finditer(small))


def _behind(text: str, ends: list[int]) -> list[str]:
    return [sentences(_PAUSE.sub("", text[end : end + _LONGEST].lstrip()) or " ")[0] for end in ends[-_MARKERS:]]


def without_opening_marker(text: str) -> str:
    """The text without an "Answer:" that it begins with: all that follows is the answer, not its first sentence."""
    found = _OPENING_MARKER.match(text)
    return text[found.end() :] if found else text


def is_conclusion(sentence: str) -> bool:
    """Whether a sentence concludes something: "therefore …", "so …", "따라서 …"."""
    small = folded(sentence)
    return bool(_OPENS_SO.match(small)) or next(_concluding(small), None) is not None
