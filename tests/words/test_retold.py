"""What scores.jsonl and check.json hold in English is said in the language of the report."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from harness.gate.markdown import check_markdown
from harness.records import Check, Question
from harness.report.summary import build_report
from harness.scorers.matching import grade
from harness.store import read_run
from harness.words import english, retold, words
from tests.support.report_fixture import make_run

CHINESE = words("zh-TW")
ASKED = "哪一個城市是首都？"
LETTERS = ("紅色", "藍色", "綠色", "黃色")


def asked(match: str, answer: str | None, **more: object) -> Question:
    return Question(id="1", question=ASKED, match=match, answer=answer, **more)  # type: ignore[arg-type]


NOTES = {
    "open": (asked("open", None), "藍", "開放題，沒有參考答案"),
    "no number": (asked("number", "7"), "不知道", "沒有數值"),
    "another number": (asked("number", "7"), "答案是 8。", "答的是 8"),
    "two numbers": (asked("number", "7"), "8 或 9", "答的是 8 或 9"),
    "no time": (asked("number", "10:30"), "不知道", "沒有日期或時間"),
    "another time": (asked("number", "10:30"), "11:45", "答的是其他日期或時間"),
    "no ratio": (asked("ratio", "2:3"), "不知道", "沒有比值"),
    "another ratio": (asked("ratio", "2:3"), "5:7", "答的是 5:7"),
    "no word": (asked("contains", "台北"), "！？", "沒有任何文字"),
    "absent": (asked("contains", "台北"), "我想是高雄。", "沒有提到 台北"),
    "denied": (asked("contains", "Paris"), "It is not Paris.", "Paris 遭否定"),
    "no choice": (asked("choice", "A", choices=LETTERS), "不知道", "沒有選擇任何選項"),
    "another choice": (asked("choice", "A", choices=LETTERS), "B", "選的是 B"),
    "a choice too few": (asked("choices", "A,C", choices=LETTERS), "A", "選的是 A：少選 C"),
    "a choice too many": (asked("choices", "A,C", choices=LETTERS), "A, B, C", "選的是 A、B、C：多選 B"),
    "both": (asked("choices", "A,C", choices=LETTERS), "A, B, D", "選的是 A、B、D：少選 C，多選 B、D"),
    "no match": (asked("regex", "台.北"), "高雄", "找不到符合答案樣式的文字"),
    "not exactly": (asked("exact", "台北"), "高雄", "並非恰為 台北"),
    "a key that is no number": (asked("number", "台北"), "7", "參考答案「台北」不是數值"),
    "a key that is no ratio": (asked("ratio", "台北"), "7", "參考答案「台北」不是比值"),
    "a key without letters": (asked("choices", "台北", choices=LETTERS), "A", "參考答案「台北」沒有選項代號"),
}


@pytest.mark.parametrize("case", NOTES)
def test_why_an_answer_is_not_right_is_said_in_chinese(case: str) -> None:
    question, answer, said = NOTES[case]
    note = grade(question, answer).note
    assert note is not None and note.isascii() == (("台北" in note) is False)
    assert retold(note, "note", CHINESE) == said
    assert retold(note, "note", words("en")) == note


@pytest.mark.parametrize(
    ("note", "said"),
    [
        ("not mentioned: 光合作用; 葉綠素", "未提及：光合作用、葉綠素"),
        ("cut inside the thought", "在思考過程中截斷"),
        ("empty answer", "空白回答"),
        ("chooses several", "選了多個選項"),
        ("repeats the question", "只重複題目"),
        ("leaves B, C open", "未在 B、C 之間作出選擇"),
        ("x is left open", "未確定是 x"),
        ("no expression", "沒有數學式"),
        ("the answer key '\\\\frac' is no expression", "參考答案「\\\\frac」不是數學式"),
        ("the search for its pattern was stopped after 2 s", "搜尋答案樣式超過 2 秒，已中止"),
        ("the comparison of expressions was stopped after 4 s", "比較數學式超過 4 秒，已中止"),
        # A note of another version, or of somebody's own: as it stands.
        ("strange and new", "strange and new"),
        ("", ""),
        ("says ", "says "),
    ],
)
def test_other_notes_are_said_or_stay_as_they_are(note: str, said: str) -> None:
    assert retold(note, "note", CHINESE) == said


def test_the_note_of_an_answer_stands_in_the_report_in_its_language(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", questions=4, benchmarks=False, curves=False)
    scores = [replace(it, value=0.0, note="says 8") if it.metric == "correct" else it for it in read_run(folder).scores]
    folder.write_scores(scores)
    for lang, said in (("zh-TW", "答的是 8"), ("en", "says 8")):
        cards = [
            card for row in build_report(read_run(folder), lang).answers.shown for group in row.rows for card in group
        ]
        assert {card.note for card in cards} == {said}


SAID = [
    "Nothing could be compared: no metric or task of the policy is judged on both sides.",
    "甲 of the policy belongs to no variant of the baseline.",
    "甲: nothing of 正確 is judged on both sides.",
    "甲: 基準 has no 任務一, 任務二, which is not checked therefore.",
    "甲 of 本次 has no 正確 of 任務.",
    "甲: 正確 of 任務 has no figures by document. Name 任務/正確 or 任務/其他 under tasks in the policy.",
    "甲: 正確 of 任務 has a stored figure that its samples do not give by lm-eval's 平均. Name other tasks under tasks "
    "in the policy.",
    "甲: 正確 of 任務 is lm-eval's bypass, which is no figure. Name other tasks under tasks in the policy.",
    "The policy asks for the lm-eval task 任務, which the baseline does not have.",
    "The baseline's 正確 of the lm-eval task 任務 is no number.",
    "The lm-eval task 任務 does not say which way is better, and is not checked.",
    "The lm-eval task 任務 does not say which way is better: name a metric, 任務/METRIC.",
    "甲: 3 items of 正確 do not pair and are not compared.",
    "Not named by --variant and not checked: 甲, 乙.",
    "甲 is checked against 乙 of 基準.",
    "Variants of 基準 are missing: 甲, 乙. Say which belong together with --variant NEW=OLD.",
    "基準 has nothing to check 甲 against. Say which belong together with --variant NEW=OLD.",
    "本次 has no questions: its questions.jsonl is empty, or gone.",
    "本次 has no answers to the suite 題組, which 基準 was asked.",
    "甲 of 本次 lacks 7 of 9 answers, or their scores: 一, 二, 三, 四, 五 and 2 more.",
    "甲 of 本次 lacks the lm-eval task 任務.",
    "甲 of 本次 lacks 3 of 8 documents of 任務.",
    "甲 of 本次 has nan for 正確 of the lm-eval task 任務, which is no figure.",
    "甲 of 本次 has no finite 正確 in 3 of 8 documents of 任務: 1, 2, 3.",
    "The prompts of 甲 are not known, because the answers were recorded under a tokenizer's chat template or inside "
    "prompts of their own: whether both runs were asked by the same prompts is not checked.",
    "What was lost since anchor 甲 cannot be told: it has no variant that 乙 could be. To count from another run on: "
    "harness baseline anchor RUN",
    "What was lost since anchor 甲 cannot be told: 本次 was not asked alike: suite 一 → 二; question 7: gone and 3 "
    "more. To count from another run on: harness baseline anchor RUN",
    "Sequential: 30 of 90 questions, in an order drawn by seed 7; not decided by then.",
    "Sequential: 30 of 90 questions, in an order drawn by seed 7; decided after 20 of 90 questions.",
    "3 of 90 questions lack answers: 一, 二, 三.",
]
# What a reader types, or finds in a file, is the same in every language.
OURS = re.compile(
    r"--variant(?: NEW=OLD)?|METRIC|questions\.jsonl|lm-eval|tasks|harness baseline anchor RUN|tokenizer|nan|bypass|"
    r"NEW=OLD|harness check|harness plan|check\.md"
)


@pytest.mark.parametrize("text", SAID)
def test_what_is_missing_from_a_check_and_its_notes_are_said_in_chinese(text: str) -> None:
    said = retold(text, "check.said", CHINESE)
    assert said != text and not re.search(r"[A-Za-z]{2,}", OURS.sub("", said)), said
    assert (re.findall(r"\d+", text) and sorted(re.findall(r"\d+", text)) == sorted(re.findall(r"\d+", said))) or (
        not re.search(r"\d", text)
    )


@pytest.mark.parametrize(
    "family",
    [
        "1 test of metrics and tasks, Holm",
        "3 tests of metrics and tasks, Benjamini and Hochberg",
        "12 tests of metrics and tasks, not adjusted",
        "2 tests of metrics and tasks, Holm; the suite's valid at every look",
        "nothing was tested",
    ],
)
def test_the_family_of_a_check_is_said_in_chinese(family: str) -> None:
    check = Check(
        run="本次", against="its own 甲, 乙", status="incomplete", exit_code=3, pairs=(), findings=(),
        missing=tuple(SAID), family=family, alpha=0.05, require="proof", notes=tuple(SAID),
    )  # fmt: skip
    page = check_markdown(check, CHINESE)
    assert "同次執行的 甲、乙" in page and "### 缺少的內容" in page and "### 備註" in page
    left = OURS.sub("", page.replace("Benjamini–Hochberg", "").replace("Holm", ""))
    assert not re.search(r"[A-Za-z]{2,}", re.sub(r"&#\d+;", "", left)), left
    count = re.match(r"\d+", family)
    assert f"檢定範圍：{count[0] + ' 項' if count else '未作任何檢定'}" in page


def test_no_form_takes_the_sentences_of_another() -> None:
    for kind in ("note", "check.said", "check.tests", "check.against"):
        for key, texts in english().items():
            if not key.startswith(f"{kind}."):
                continue
            made = texts[-1].format_map(Values())
            expected = CHINESE.counted(key, 3, "3", **{name: "甲" for name in placeholders(texts[-1]) - {"n"}})
            assert retold(made, kind, CHINESE).replace("3", "") == expected.replace("3", ""), key


class Values(dict[str, str]):
    """The same Han character for every name, three for every count, and a key in the quotes that Python gives it."""

    def __missing__(self, name: str) -> str:
        return {"n": "3", "answer_key": "'甲'"}.get(name, "甲")


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))
