"""Which of several quantities a text settles on, in eight languages: the one asked for, the last, the corrected one."""

from __future__ import annotations

import pytest

from harness.records import Question
from harness.scorers.matching import Grade, grade

FAMILIES: list[tuple[str, str, list[str], list[str]]] = [
    (
        "How much profit did she make?", "70000",
        [
            "Her investment was 130,000. She made a profit of 70,000.",
            "Her investment was 130,000. The house sold for 200,000. So her profit was 70,000.",
            "She invested 130,000 and got a profit of 70,000.", "Profit: 70,000. Investment: 130,000.",
            "Her profit was 70,000. Her investment was 130,000.",
            "The profit of 70,000 comes from a sale at 200,000 and an investment of 130,000.",
            "She put in 130,000, which left 70,000 in profit.", "70,000 dollars profit on 130,000 invested.",
            "Investment 130,000; profit 70,000.",
        ],
        [
            "Her profit was 130,000. Her investment was 70,000.",
            "She made a profit of 130,000 on an investment of 70,000.",
        ],
    ),
    (
        "How many apples are left?", "8",
        [
            "7? No, 8.", "7? No, 8", "7... no, 8 apples.", "7. Wait, that's wrong: 8.",
            "It is 7 — wait, that's wrong, it is 8.", "There are 7 apples left. Actually, 8.", "Sorry, I meant 8.",
            "7. Sorry, I meant 8.", "7 apples are left. Correction: 8 apples are left.",
            "The answer is 7. Wait, no, it is 8.", "I first got 7, but it is 8.",
            "At first I thought 7, but it's 8.", "not 7 but 8",
            "The answer is 8. Is it 9? No, 9 would be too many.", "Let me count: 5 + 3 = 8. Check: 8 - 3 = 5.",
            "So the answer is 8. Let me know if you want 2 more examples.",
            "There are 8 apples left. Let me verify: 8 + 4 = 12, and 12 - 4 = 8. Also 3 * 4 = 12.",
            "The answer is 7. Hmm, let me recalculate. 12 - 4 = 8.", "7, I mean 8.", "7 (oops, 8)",
            "8. Note: 4 of the 12 were eaten.", "7, or rather 8.", "I made a mistake. It is 8.",
            "It's 7. My mistake, 8.", "Scratch that: 8 apples.", "No, wait. 8.",
            "Therefore, 8 apples are left. 4 were eaten.",
            "8 apples are left.\n\nQuestion: And how many pears?\nAnswer: 5", "7 — no, 8!",
            "I'd say 7. On second thought, 8.",
        ],
        [
            "8? No, 7.", "8. Wait, that's wrong: 7.", "The answer is 8. Correction: 7.", "8, I mean 7.",
            "Actually, 7.", "not 8 but 7", "8... no, 7 apples.",
        ],
    ),
    (
        "蘋果還剩幾個？", "8",
        [
            "7？不，是8。", "更正：8", "7。更正：8", "7個。不對，應該是8個。", "是7。錯了，是8。",
            "答案是7。等等，應該是8。", "因此還剩8個。", "所以是8個。", "12 - 4 = 8，所以還剩8個。", "答案：8",
            "抱歉，是8。", "原本以為是7，但其實是8。", "還剩8個。驗算：8 + 4 = 12。", "7，不對，8",
        ],
        [
            "8？不，是7。", "更正：7", "8。不對，應該是7。", "不是8，是7。",
        ],
    ),
    (
        "苹果还剩几个？", "8",
        [
            "7？不，是8。", "更正：8", "7。不对，应该是8。", "我算错了，是8个。", "因此还剩8个。", "综上，剩8个。",
            "答案是8。", "等一下，应该是8。", "7个。抱歉，是8个。",
        ],
        [
            "8？不，是7。", "8个。更正：7个。",
        ],
    ),
    (
        "りんごは何個残っていますか？", "8",
        [
            "7？いや、8です。", "いや、8です", "答えは8です。", "したがって、8個です。",
            "7個です。すみません、8個でした。", "訂正：8個", "正解は8個。", "7個。間違えました。8個です。",
            "7ではなく8です。", "よって8個残る。", "7個、いや、8個です。", "違います、8個です。",
            "12 - 4 = 8。よって、答えは8個です。",
        ],
        [
            "8？いや、7です。", "答えは7です。", "8ではなく7です。",
        ],
    ),
    (
        "사과가 몇 개 남았습니까?", "8",
        [
            "7? 아니, 8", "7개입니다. 아니요, 8개입니다.", "정답은 8입니다.", "따라서 8개입니다.", "답: 8",
            "정정: 8개", "7개. 죄송합니다, 8개입니다.", "12 - 4 = 8이므로 8개입니다.", "그러므로 답은 8개입니다.",
            "7이 아니라 8입니다.",
        ],
        [
            "8? 아니, 7", "정답은 7입니다.", "8이 아니라 7입니다.",
        ],
    ),
    (
        "Wie viele Äpfel sind übrig?", "8",
        [
            "7? Nein, 8.", "Die Antwort ist 8.", "Antwort: 8", "Es sind 7. Moment, es sind 8.", "7. Korrektur: 8.",
            "Also sind 8 Äpfel übrig.", "Daher bleiben 8 Äpfel.", "Entschuldigung, 8.", "nicht 7, sondern 8",
            "7, ich meine 8.", "7. Das ist falsch, es sind 8.", "Somit sind es 8.",
        ],
        [
            "8? Nein, 7.", "Die Antwort ist 7.", "nicht 8, sondern 7", "8. Korrektur: 7.",
        ],
    ),
    (
        "Combien de pommes reste-t-il ?", "8",
        [
            "7 ? Non, 8.", "La réponse est 8.", "Réponse : 8", "7. Pardon, 8.", "7. Correction : 8.",
            "Donc il reste 8 pommes.", "Par conséquent, 8 pommes.", "7, ou plutôt 8.", "Je me suis trompé : 8.",
            "non pas 7 mais 8", "La bonne réponse est 8.",
        ],
        [
            "8 ? Non, 7.", "La réponse est 7.",
        ],
    ),
    (
        "¿Cuántas manzanas quedan?", "8",
        [
            "¿7? No, 8.", "La respuesta es 8.", "Respuesta: 8", "7. Perdón, 8.", "7. Corrección: 8.",
            "Por lo tanto, quedan 8 manzanas.", "Entonces quedan 8.", "Me equivoqué: son 8.", "No son 7 sino 8.",
            "La respuesta correcta es 8.",
        ],
        [
            "¿8? No, 7.", "La respuesta es 7.",
        ],
    ),
    (
        "她的利潤是多少？", "70000",
        [
            "她的投資是130000。利潤是70000。", "投資是130000，利潤是70000。", "利潤是70000，投資是130000。",
            "她投資了130000元，售價200000元，因此利潤為70000元。",
        ],
        [
            "利潤是130000，投資是70000。",
        ],
    ),
    (
        "利益はいくらですか？", "70000",
        [
            "投資は130000円です。利益は70000円です。", "投資は130000円で、利益は70000円です。",
        ],
        [
            "利益は130000円です。投資は70000円です。",
        ],
    ),
    (
        "이익은 얼마입니까?", "70000",
        [
            "투자는 130000원입니다. 이익은 70000원입니다.", "투자는 130000원, 이익은 70000원입니다.",
        ],
        [
            "이익은 130000원입니다. 투자는 70000원입니다.",
        ],
    ),
    (
        "Wie hoch ist der Gewinn?", "70000",
        [
            "Die Investition war 130000. Der Gewinn ist 70000.",
            "Der Gewinn beträgt 70000 bei einer Investition von 130000.",
        ],
        [
            "Der Gewinn ist 130000. Die Investition war 70000.",
        ],
    ),
    (
        "Quel est le bénéfice ?", "70000",
        [
            "L'investissement était de 130000. Le bénéfice est de 70000.",
            "Le bénéfice est de 70000 pour un investissement de 130000.",
        ],
        [
        ],
    ),
    (
        "¿Cuál es la ganancia?", "70000",
        [
            "La inversión fue de 130000. La ganancia es de 70000.",
            "La ganancia es 70000 con una inversión de 130000.",
        ],
        [
        ],
    ),
    (
        "What is the total cost of the trip?", "250",
        [
            "The hotel cost 150. The flights were 100. The total cost is 250.",
            "The total cost is 250. The hotel was 150.", "Total cost = 150 + 100 = 250. Per person it is 125.",
            "The cost is 250 in total, or 125 each.",
        ],
        [
            "The total cost is 150. The flights were 250.",
        ],
    ),
    (
        "How long does the trip take in minutes?", "120",
        [
            "The trip takes 2 hours. That is 120 minutes.", "It takes 120 minutes (2 hours).",
            "The distance is 90 km. The trip takes 120 minutes.",
        ],
        [
        ],
    ),
    (
        "How old is Tom?", "12",
        [
            "Anna is 8. Tom is 12.", "Tom is 12. Anna is 8.",
            "Tom is 4 years older than Anna, who is 8, so Tom is 12.",
        ],
        [
        ],
    ),
]  # fmt: skip
CASES = [
    (asked, key, text, right)
    for asked, key, *both in FAMILIES
    for right, texts in zip((1, 0), both, strict=True)
    for text in texts
]


def graded(asked: str, key: str, text: str) -> Grade:
    return grade(Question("q", asked, "number", key), text)


@pytest.mark.parametrize(("asked", "key", "text", "right"), CASES)
def test_a_quantity_is_read_as_a_careful_reader_reads_it(asked: str, key: str, text: str, right: int) -> None:
    assert graded(asked, key, text).value == right
