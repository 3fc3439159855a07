"""Letters of options in many alphabets and languages, one or several, affirmed, denied and corrected."""

from __future__ import annotations

import pytest

from harness.records import Match, Question
from harness.scorers.matching import grade

FAMILIES: list[tuple[str, Match, str, list[str], list[str]]] = [
    (
        "下列金屬中，何者在室溫下為液態？\nA. 鐵\nB. 汞\nC. 銅\nD. 鋅",
        "choice", "B",
        [
            "因為汞的熔點很低，故選B。", "答案选B", "應選擇選項B", "选B", "選B", "故选Ｂ", "答案：B",
            "選項A錯誤，選項B正確。", "应选（B）", "B項正確", "B选项正确，A选项错误", "B正確，A、C、D錯誤",
            "A錯誤，B正確", "所以答案是B。", "综上所述，选B。", "正確答案為(B)", "本題選B。",
            "A項是固體，錯誤；B項是液體，正確；C項錯誤；D項錯誤。", "Ⓑ", "②", "⑵", "B。", "汞", "答案是汞。",
            "選擇B項", "不是A，是B", "不選A，選B", "A？不，B", "答案是A。更正：B", "因此選B",
            "A.鐵：錯誤\nB.汞：正確\nC.銅：錯誤\nD.鋅：錯誤", "B、汞", "答：B", "排除A、C、D，選B",
            "我選擇B，因為汞在室溫下是液態", "（B）汞", "【答案】B", "[答案] B", "A、C、D均錯誤，故B正確", "應為B",
            "B是正確的", "正确的是B", "故本题答案为B",
        ],
        [
            "故選A。", "答案选C", "選項B錯誤，選項A正確。", "B項錯誤", "不選B", "不是B，是A", "A或B",
            "B錯誤，D正確", "答案是B。更正：A", "鐵", "B？不，A", "A",
        ],
    ),
    (
        "常温で液体の金属はどれですか？\nA. 鉄\nB. 水銀\nC. 銅\nD. 亜鉛",
        "choice", "B",
        [
            "正解はB", "正解はBです。", "答えはB", "選択肢Bが正しい", "Bが正解です。", "答え：B", "(B)", "Ｂ",
            "水銀", "正解は「水銀」です。", "AではなくB", "A？いや、Bです", "Bです。", "Aは間違い、Bが正しい",
            "したがって、Bを選びます。", "よって答えはBである", "②", "Aは誤り。Bは正しい。",
            "A。すみません、Bです。", "Bを選択します",
        ],
        [
            "正解はA", "Bは間違い、Aが正しい", "BではなくA", "AかB", "鉄", "Bは誤りです。正解はA",
        ],
    ),
    (
        "상온에서 액체인 금속은?\nA. 철\nB. 수은\nC. 구리\nD. 아연",
        "choice", "B",
        [
            "정답은 B", "정답은 B입니다.", "답: B", "②", "②번", "정답: ②", "B번", "B가 정답입니다", "B가 맞습니다",
            "A는 틀렸고 B가 맞다", "수은", "정답은 수은입니다.", "따라서 B", "A가 아니라 B입니다", "(B)", "2번",
            "정답은 2번입니다.", "A? 아니, B", "Ⓑ",
        ],
        [
            "정답은 A", "B는 틀렸고 A가 맞다", "①", "1번", "철",
        ],
    ),
    (
        "Which metal is liquid at room temperature?\nA. Iron\nB. Mercury\nC. Copper\nD. Zinc",
        "choice", "B",
        [
            "Option B", "**B**", "B.", "(B)", "B:", "(b)", "b)", "B", "Ⓑ", "②", "Ｂ", "The answer is B.",
            "I would choose B", "The correct option is (B).", "A is wrong. B is right.",
            "A, C and D are wrong. B is correct.", "A? No, B.", "The answer is A. Wait, that's wrong: B.",
            "Not A but B.", "Eliminate A, C and D. So B.", "It can't be A. It is B.", "Mercury",
            "The answer is Mercury.", "Iron is solid. Mercury is liquid, so the answer is B.",
            "A: wrong\nB: correct\nC: wrong\nD: wrong", "B is correct; A is not.", "Correction: B",
            "A. Sorry, I meant B.", "Answer: **(B) Mercury**", "\\boxed{B}", "\\boxed{\\text{B}}",
            "$\\boxed{\\text{(B)}}$", "#### B", "Iron? No, mercury.",
            "(A) is incorrect because iron is solid. (B) is correct.",
            "Let's see: A is solid, C is solid, D is solid. Therefore, B.",
            "B) Mercury is liquid. Option A is a solid.", "I'd go with B", "My answer is option (B).",
            "The best answer is B, since A melts at 1538 °C.", "B — mercury", "<B>", "Answer is b", "choice B",
            "A isn't liquid; B is.",
        ],
        [
            "A", "A or B", "The answer is A.", "B? No, A.", "B is wrong. A is right.",
            "The answer is B. Wait, that's wrong: A.", "Not B but A.", "Iron", "A and B", "Neither A nor B",
            "B, C and D are wrong.",
        ],
    ),
    (
        "Welches Metall ist bei Raumtemperatur flüssig?\nA. Eisen\nB. Quecksilber\nC. Kupfer\nD. Zink",
        "choice", "B",
        [
            "Die Antwort ist B.", "Antwort: B", "Richtig ist B.", "B ist richtig.", "Ich wähle B.",
            "A ist falsch, B ist richtig.", "Nicht A, sondern B.", "A? Nein, B.", "Quecksilber", "Option B",
            "Die richtige Antwort lautet (B).", "Also B.", "Antwort B",
        ],
        [
            "Die Antwort ist A.", "B ist falsch, A ist richtig.", "A oder B", "Nicht B, sondern A.",
        ],
    ),
    (
        "Quel métal est liquide ?\nA. Fer\nB. Mercure\nC. Cuivre\nD. Zinc",
        "choice", "B",
        [
            "La réponse est B.", "Réponse : B", "La bonne réponse est B.", "B est correcte.",
            "A est fausse, B est correcte.", "Je choisis B.", "A ? Non, B.", "Mercure", "Option B",
            "La réponse correcte est (B).",
        ],
        [
            "La réponse est A.", "B est fausse, A est correcte.", "A ou B",
        ],
    ),
    (
        "¿Qué metal es líquido?\nA. Hierro\nB. Mercurio\nC. Cobre\nD. Zinc",
        "choice", "B",
        [
            "La respuesta es B.", "Respuesta: B", "La respuesta correcta es la B.", "B es correcta.",
            "A es incorrecta, B es correcta.", "Elijo B.", "¿A? No, B.", "Mercurio", "Opción B",
            "La opción correcta es B.",
        ],
        [
            "La respuesta es A.", "A o B", "B es incorrecta, A es correcta.",
        ],
    ),
    (
        "Какой металл жидкий?\nA. Железо\nB. Ртуть\nC. Медь\nD. Цинк",
        "choice", "B",
        [
            "Ответ: B", "Ответ: В", "Правильный ответ: B", "B", "Ртуть",
        ],
        [
            "Ответ: A", "Ответ: А",
        ],
    ),
    (
        "Какой металл жидкий?\nА) Железо\nБ) Ртуть\nВ) Медь\nГ) Цинк",
        "choice", "Б",
        [
            "Б", "Ответ: Б", "Б) Ртуть", "(Б)", "Правильный ответ: Б.", "Ртуть", "вариант Б", "Ответ: б)",
        ],
        [
            "А", "Ответ: В", "В",
        ],
    ),
    (
        "โลหะใดเป็นของเหลว\nก. เหล็ก\nข. ปรอท\nค. ทองแดง\nง. สังกะสี",
        "choice", "ข",
        [
            "ข", "ตอบ ข", "ตอบข", "คำตอบคือ ข", "ข. ปรอท", "ข้อ ข", "(ข)", "ปรอท",
        ],
        [
            "ก", "ตอบ ค",
        ],
    ),
    (
        "أي معدن سائل؟\nأ) حديد\nب) زئبق\nج) نحاس\nد) زنك",
        "choice", "ب",
        [
            "ب", "الإجابة: ب", "الإجابة هي ب", "ب) زئبق", "(ب)", "زئبق", "الجواب: ب",
        ],
        [
            "أ", "الإجابة: ج",
        ],
    ),
    (
        "상온에서 액체인 금속은?\nㄱ. 철\nㄴ. 수은\nㄷ. 구리",
        "choice", "ㄴ",
        [
            "ㄴ", "정답은 ㄴ", "(ㄴ)", "정답: ㄴ", "수은", "ㄴ이 맞다",
        ],
        [
            "ㄱ", "정답은 ㄷ",
        ],
    ),
    (
        "상온에서 액체인 금속은?\n① 철\n② 수은\n③ 구리\n④ 아연",
        "choice", "②",
        [
            "②", "정답은 ②", "②번", "정답: ② 수은", "2번", "수은", "정답은 2번입니다",
        ],
        [
            "①", "정답은 ③",
        ],
    ),
    (
        "상온에서 액체인 금속은?\n① 철\n② 수은\n③ 구리\n④ 아연",
        "choice", "2",
        [
            "②", "정답은 ②", "2번", "수은", "2", "(2)",
        ],
        [
            "①", "정답은 ③", "1",
        ],
    ),
    (
        "常温で液体の金属は？\nア 鉄\nイ 水銀\nウ 銅",
        "choice", "イ",
        [
            "イ", "答えはイ", "イです", "答え：イ", "(イ)", "正解はイです。", "正解はイ。",
        ],
        [
            "ア", "答えはウ",
        ],
    ),
    (
        "常温で液体の金属は？\nア. 鉄\nイ. 水銀\nウ. 銅",
        "choice", "イ",
        [
            "イ", "答えはイ", "イです", "水銀", "正解はイ",
        ],
        [
            "ア", "答えはウ",
        ],
    ),
    (
        "何者為液態？\n甲、鐵\n乙、汞\n丙、銅",
        "choice", "乙",
        [
            "乙", "選乙", "答案是乙", "乙、汞", "故選乙。",
        ],
        [
            "甲", "選丙",
        ],
    ),
    (
        "Which metal is liquid?\n1) Iron\n2) Mercury\n3) Copper",
        "choice", "2",
        [
            "2", "2)", "Option 2", "The answer is 2.", "(2)", "Mercury", "2) Mercury", "Answer: 2",
        ],
        [
            "1", "The answer is 3.",
        ],
    ),
    (
        "Which are metals?\nA. Iron\nB. Oxygen\nC. Copper\nD. Helium",
        "choices", "A,C",
        [
            "A,C", "AC", "A and C", "A、C", "A 跟 C", "both A and C", "(A)(C)", "①③", "A & C", "C and A",
            "(A) and (C)", "The answer is A and C.", "The correct answers are A and C.", "Answer: A, C",
            "Answers: A and C", "Options A and C", "A. Iron\nC. Copper", "A and C are correct. B and D are wrong.",
            "Iron and copper", "A, C", "{A, C}", "[A, C]", "\\boxed{A, C}", "\\boxed{AC}", "A C", "A/C", "A+C",
            "A; C", "So the answer is AC.", "A is correct. B is wrong. C is correct. D is wrong.",
            "A: true\nB: false\nC: true\nD: false", "A, B? No, A and C.", "A and B. Wait, that's wrong: A and C.",
            "#### A, C", "**A** and **C**", "a, c", "Both (A) and (C) are metals.",
        ],
        [
            "A", "C", "A, B, C", "A and B", "A or C", "AB", "ABC", "A and D", "The answer is A.", "B and D",
            "All of them: A, B, C, D", "①②", "Iron", "A is correct, C is wrong",
        ],
    ),
    (
        "下列何者為金屬？\nA. 鐵\nB. 氧\nC. 銅\nD. 氦",
        "choices", "AC",
        [
            "AC", "故選AC", "选AC", "答案：A、C", "A、C正確，B、D錯誤", "選項A和C正確", "A和C", "A跟C",
            "答案是A與C", "A、C", "鐵和銅", "選A、C", "應選（A）（C）", "①③", "A、C項正確",
            "A正確，B錯誤，C正確，D錯誤", "所以答案是ACD？不，是AC。", "ＡＣ",
        ],
        [
            "A", "ABC", "選AB", "A或C", "B、D",
        ],
    ),
    (
        "金属はどれですか？\nA. 鉄\nB. 酸素\nC. 銅\nD. ヘリウム",
        "choices", "A,C",
        [
            "AとC", "正解はAとCです。", "答え：A、C", "AC", "A, C", "AとCが正しい", "鉄と銅", "①③",
            "したがって、AとC",
        ],
        [
            "A", "AかC", "AとB",
        ],
    ),
    (
        "금속을 모두 고르시오.\nA. 철\nB. 산소\nC. 구리\nD. 헬륨",
        "choices", "A,C",
        [
            "A와 C", "정답은 A, C입니다.", "정답: A, C", "①, ③", "①③", "A, C", "철과 구리", "A와 C가 맞습니다",
        ],
        [
            "A", "A와 B", "①②", "A 또는 C",
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
def test_options_are_read_as_a_careful_reader_reads_them(
    asked: str, match: Match, key: str, text: str, right: int
) -> None:
    assert grade(Question("q", asked, match, key), text).value == right


METALS = "Which are metals?\nA. Iron\nB. Oxygen\nC. Copper\nD. Helium"


@pytest.mark.parametrize("key", ["A,C", "AC", "C, A", "A and C", "A、C", "①③", "[A, C]"])
def test_a_key_of_several_letters_may_be_written_in_any_way(key: str) -> None:
    asked = Question("q", METALS, "choices", key)
    assert [grade(asked, text).value for text in ("A and C", "(C), (A)", "A", "A, B, C")] == [1, 1, 0, 0]


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("A", "chooses A: lacks C"), ("A, B and C", "chooses A, B, C: B too much"),
        ("A and B", "chooses A, B: lacks C, B too much"), ("A or C", "leaves A, C open"), ("Neither.", "no choice"),
    ],
)  # fmt: skip
def test_a_note_says_what_a_choice_of_several_lacks_or_has_too_much(text: str, note: str) -> None:
    assert grade(Question("q", METALS, "choices", "A,C"), text).note == note


def test_a_key_without_a_letter_is_not_judged() -> None:
    assert grade(Question("q", METALS, "choices", "12"), "A").value is None
