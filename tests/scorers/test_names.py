"""Which name a text settles on, in eight languages, found in it or alone: the last, the corrected, the concluded."""

from __future__ import annotations

import pytest

from harness.records import Match, Question
from harness.scorers.matching import grade

FAMILIES: list[tuple[str, Match, str, list[str], list[str]]] = [
    (
        "What is the capital of Australia?",
        "contains", "Canberra",
        [
            "Sydney? No, Canberra.", "It is Sydney. Wait, no, it is Canberra.", "Sydney. Correction: Canberra.",
            "The answer is Sydney. Sorry, I meant Canberra.", "Not Sydney but Canberra.", "Canberra.",
            "The capital is Canberra, not Sydney.", "At first I thought Sydney, but it is Canberra.",
            "So it's Canberra.", "Therefore, the capital is Canberra.",
            "I'd have said Sydney. Actually, it's Canberra.", "Sydney is the largest city. So it is Canberra.",
            "The answer is Canberra. Sydney is bigger.", "Canberra is the answer.", "Hmm, Sydney? No: Canberra!",
            "Sydney... no, wait: Canberra.",
        ],
        [
            "Canberra? No, Sydney.", "It is Canberra. Wait, no, it is Sydney.", "Canberra. Correction: Sydney.",
            "The answer is Canberra. Sorry, I meant Sydney.", "Not Canberra but Sydney.", "Canberra... no, Sydney.",
            "Sydney.", "I'd have said Canberra. Actually, it's Sydney.",
            "The answer is Sydney. Canberra is smaller.", "Sydney or Canberra.",
        ],
    ),
    (
        "澳洲的首都是哪裡？",
        "contains", "坎培拉",
        [
            "雪梨？不，坎培拉。", "雪梨。更正：坎培拉。", "不是雪梨，是坎培拉。", "答案是坎培拉。",
            "應該是坎培拉。", "雪梨。不對，應該是坎培拉。", "因此是坎培拉。", "澳洲的首都是坎培拉。",
        ],
        [
            "坎培拉？不，雪梨。", "坎培拉。更正：雪梨。", "不是坎培拉，是雪梨。", "答案是雪梨。",
            "坎培拉。不對，應該是雪梨。",
        ],
    ),
    (
        "オーストラリアの首都は？",
        "contains", "キャンベラ",
        [
            "シドニー？いや、キャンベラです。", "答えはキャンベラです。", "キャンベラです。",
            "シドニーではなくキャンベラ。", "シドニー。すみません、キャンベラです。",
            "したがって、キャンベラです。",
        ],
        [
            "キャンベラ？いや、シドニーです。", "答えはシドニーです。", "キャンベラではなくシドニー。",
        ],
    ),
    (
        "호주의 수도는?",
        "contains", "캔버라",
        [
            "시드니? 아니, 캔버라.", "정답은 캔버라입니다.", "시드니가 아니라 캔버라입니다.",
            "시드니. 정정: 캔버라.", "캔버라입니다.",
        ],
        [
            "캔버라? 아니, 시드니.", "정답은 시드니입니다.", "캔버라가 아니라 시드니입니다.",
        ],
    ),
    (
        "Was ist die Hauptstadt von Australien?",
        "contains", "Canberra",
        [
            "Sydney? Nein, Canberra.", "Die Antwort ist Canberra.", "Nicht Sydney, sondern Canberra.",
            "Sydney. Korrektur: Canberra.", "Also Canberra.",
        ],
        [
            "Canberra? Nein, Sydney.", "Die Antwort ist Sydney.", "Nicht Canberra, sondern Sydney.",
        ],
    ),
    (
        "Quelle est la capitale de l'Australie ?",
        "contains", "Canberra",
        [
            "Sydney ? Non, Canberra.", "La réponse est Canberra.", "Sydney. Pardon, Canberra.",
            "Non pas Sydney mais Canberra.",
        ],
        [
            "Canberra ? Non, Sydney.", "La réponse est Sydney.", "Canberra. Correction : Sydney.",
        ],
    ),
    (
        "¿Cuál es la capital de Australia?",
        "contains", "Canberra",
        [
            "¿Sídney? No, Canberra.", "La respuesta es Canberra.", "Sídney. Perdón, Canberra.",
            "No es Sídney sino Canberra.",
        ],
        [
            "¿Canberra? No, Sídney.", "La respuesta es Sídney.", "Canberra. Corrección: Sídney.",
        ],
    ),
    (
        "Name the capital of France, in one word.",
        "exact", "Paris",
        [
            "Paris", "paris.", "Answer: **Paris**", "The answer is Paris.", "Lyon? No, Paris.",
            "Lyon. Correction: Paris.", "Lyon. Wait, no: Paris", "Answer: Lyon. Wait, that's wrong: Paris.",
            "Therefore: Paris", "答案是Paris", "La réponse est Paris.", "Die Antwort ist Paris.",
            "Respuesta: Paris", "Sorry, I meant Paris.", "Lyon. Sorry, I meant Paris.", "答えはParisです。",
            "정답은 Paris입니다.", "Lyon. Actually, Paris.",
        ],
        [
            "Lyon", "Paris, France", "It is Paris", "Paris? No, Lyon.", "Paris. Correction: Lyon.",
            "Answer: Paris. Wait, that's wrong: Lyon.", "The answer is Lyon.",
        ],
    ),
    (
        "日本の首都は？",
        "exact", "東京",
        [
            "東京", "答え：東京", "答えは東京です。", "京都？いや、東京です。",
        ],
        [
            "京都", "東京？いや、京都です。",
        ],
    ),
]  # fmt: skip
CASES = [
    (asked, match, key, text, right)
    for asked, match, key, *both in FAMILIES
    for right, texts in zip((1, 0), both, strict=True)
    for text in texts
]


@pytest.mark.parametrize(("asked", "match", "key", "text", "right"), CASES)
def test_a_name_is_read_as_a_careful_reader_reads_it(asked: str, match: Match, key: str, text: str, right: int) -> None:
    assert grade(Question("q", asked, match, key), text).value == right
