"""One question is told through: the one that differs most, with the numbers that scores.jsonl holds."""

from __future__ import annotations

import re
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from harness.comparing import suite_measure, value_text
from harness.records import Response, Score
from harness.report import gather, render_report
from harness.report.assignment import build_assignment
from harness.report.lessons import most_apart, worked_example
from harness.score import score_run
from harness.scorers import METRICS, words_of
from harness.store import RunFolder, read_run
from harness.words import words
from tests.report.test_states import imported
from tests.support.report_fixture import HEADERS, make_run

LANGUAGES = ("en", "zh-TW")
MORE = "assignment.answers.more"
REAL = Path(__file__).parents[4] / "shared" / "real" / "assignment"


@pytest.fixture(autouse=True)
def apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing lies in the working folder."""
    monkeypatch.chdir(tmp_path)


def answered(folder: Path, texts: dict[str, tuple[str, ...]]) -> RunFolder:
    """A run that was imported and scored: so many sums, what each variant wrote to them."""
    run = imported(folder, ("4",) * len(next(iter(texts.values()))), tuple(texts))
    held = read_run(run).responses
    run.append_responses(
        Response(**{**asdict(held[name, str(n)]), "text": text})
        for name, answers in texts.items()
        for n, text in enumerate(answers, start=1)
    )
    manifest = read_run(run).manifest
    run.write_manifest(replace(manifest, prompt=replace(manifest.prompt, headers=HEADERS)))
    score_run(read_run(run))
    return run


AGAIN = f"\n{HEADERS[1]}\nAnd now?\n{HEADERS[3]}\nIt is."
CHOSEN: dict[str, tuple[dict[str, tuple[str, ...]], str]] = {
    "a verdict goes before any length": ({"base": ("2", "4"), "dpo": ("2" + " and so on" * 40, "5")}, "2"),
    "a gained one counts as a lost one": ({"base": ("3", "4"), "dpo": ("2", "4 it is, for sure")}, "1"),
    "two variants that turn go before one": ({"base": ("2", "4"), "dpo": ("3", "5"), "orpo": ("2", "5")}, "2"),
    "two measures go before one": (
        {"base": ("2", "4"), "dpo": ("2 " + "a b c d e f g " * 9, "4 " + " ".join("klmnopqrstuvw" * 4))},
        "1",
    ),
    "length and leak go before length": ({"base": ("2", "4"), "dpo": ("2 as far as I know today", "4" + AGAIN)}, "2"),
    "of equal ones the first": ({"base": ("2", "4"), "dpo": ("2 is", "4 is")}, "1"),
    "nothing differs": ({"base": ("2", "4"), "dpo": ("2", "4")}, "1"),
    "one variant": ({"base": ("2", "4")}, "1"),
}


@pytest.mark.parametrize("case", CHOSEN)
def test_the_question_that_differs_most_is_chosen_and_by_no_single_measure(case: str, tmp_path: Path) -> None:
    texts, wanted = CHOSEN[case]
    material = gather(read_run(answered(tmp_path, texts)), words("en"))
    found = worked_example(material, MORE)
    assert found is not None and found.exchange.id == wanted
    turned = most_apart(material)[0].turned
    if len(texts) > 1:
        assert f"question {wanted} was chosen from 2".casefold() in found.chosen.casefold()
        assert f"of {len(texts) - 1} tuned models" in found.chosen and f"(here {turned})" in found.chosen


def test_a_question_that_a_variant_did_not_answer_comes_last(tmp_path: Path) -> None:
    run = answered(tmp_path, {"base": ("2", "4"), "dpo": ("3", "4 it is")})
    lost = read_run(run).responses["dpo", "1"]
    run.append_responses([Response(**{**asdict(lost), "text": "", "error": "out of memory"})])
    score_run(read_run(run))
    found = worked_example(gather(read_run(run), words("en")), MORE)
    assert found is not None and found.exchange.id == "2"


TEXTS: dict[str, str] = {
    "plain": "It is 2, as everybody knows, and it stays so.",
    "repeats": "It is 2. " * 30,
    "leaks": f"It is 2.{AGAIN * 3}",
    "leaks at once": AGAIN,
    "one word": "2",
    "nothing": "",
    "letters": "2" + "0" * 400,
    "Chinese": "答案是 2。答案是 2。答案是 2。",
    "Japanese": "答えは2です。答えは2です。",
    "Korean": "답은 2입니다. 답은 2입니다.",
    "Arabic": "الجواب هو 2 الجواب هو 2 الجواب هو 2",
    "German": "Es sind zwei, nicht drei; es sind zwei, nicht drei.",
    "French": "C'est deux, et c'est deux, et c'est deux, et c'est deux.",
    "markup": "<b>2</b> & <script>alert(1)</script> & <b>2</b> & <script>alert(1)</script>",
    "formulas": "$x$ [[hu]] `y` **2** $x$ [[hu]] `y` **2**",
    "a long word": "2 " + "x" * 5000,
    "lines": "\n".join(f"{n}. two" for n in range(80)),
}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("kind", TEXTS)
def test_every_number_is_the_one_in_scores(kind: str, lang: str, tmp_path: Path) -> None:
    run = read_run(answered(tmp_path, {"base": ("It is 2, I am sure.",), "dpo": (TEXTS[kind],)}))
    say = words(lang)
    found = worked_example(gather(run, say), MORE)
    assert found is not None
    steps = {step.title: step.cells for step in found.steps}
    scores: dict[tuple[str, str], Score] = {(it.variant, it.metric): it for it in run.scores}
    for place, name in enumerate(("base", "dpo")):
        for metric in ("words", "rep_4", "leak", "loop"):
            cells = steps.get(say(f"metric.{metric}"))
            value = scores[name, metric].value
            assert cells is not None
            if value is None:
                assert cells[place] == say("example.unscored")
            elif METRICS[metric].rate:
                assert cells[place].startswith(say("example.yes" if value else "example.no"))
            else:
                shown = value_text(value, suite_measure(metric), 1 if metric == "rep_4" else 0, say)
                assert re.match(rf"{re.escape(shown)}(?![\d.])", cells[place])
    repeats = steps[say("metric.rep_4")][1]
    if counts := re.search(r"1 − ([\d,]+)/([\d,]+)", repeats):
        distinct, total = (int(it.replace(",", "")) for it in counts.groups())
        assert 1 - distinct / total == pytest.approx(scores["dpo", "rep_4"].value)
        assert total == len(words_of(TEXTS[kind])) - 3
    else:
        assert len(words_of(TEXTS[kind])) < 4
    if phrase := re.search(r"[“「](.+?)[”」](?:，共 (\d+) 次)?", repeats):
        times = int(phrase[2] or re.findall(r"often, (\d+) times", repeats)[0])
        told, every = phrase[1].removesuffix("…"), words_of(TEXTS[kind])
        runs = [" ".join(every[at : at + 4]) for at in range(len(every) - 3)]
        assert sum(it.startswith(told) for it in runs) == times > 1
    leak = steps[say("metric.leak")][1]
    if place_told := re.search(r"(?:character|第) ([\d,]+)", leak):
        at = int(place_told[1].replace(",", "")) - 1
        assert TEXTS[kind][at:].startswith(HEADERS[1])


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_differs_is_what_the_scores_differ_in(lang: str, tmp_path: Path) -> None:
    run = answered(tmp_path, {"base": ("It is 2.",), "dpo": (f"It is 3.{AGAIN}",), "orpo": ("It is 2.",)})
    found = worked_example(gather(read_run(run), words(lang)), MORE)
    assert found is not None
    say = words(lang)
    differs = found.differs.replace("\u00a0", " ")
    assert f"{say('answers.right')} → {say('answers.wrong')}" in differs
    assert say("example.appears", title=say("metric.leak")) in differs
    assert say("lesson.named", name="orpo", what=say("example.same")) in differs


@pytest.mark.parametrize("lang", LANGUAGES)
def test_it_says_that_one_question_is_no_rate_and_what_all_came_to(lang: str, tmp_path: Path) -> None:
    run = read_run(make_run(tmp_path / "r", questions=12))
    found = worked_example(gather(run, words(lang)), MORE)
    assert found is not None
    rows = [row for row in run.summary.comparisons if (row.baseline, row.metric) == ("base", "words")]
    for row in rows:
        mean = f"{row.delta:+.1f}".replace("-", "−"), f"{row.delta:+.0f}".replace("-", "−")
        assert any(text in found.limits for text in mean)
    assert {"en": "neither a rate nor an interval", "zh-TW": "算不出比例"}[lang] in found.limits


def test_hostile_answers_stay_text_in_the_page(tmp_path: Path) -> None:
    run = answered(tmp_path, {"base": (TEXTS["markup"],), "dpo": (TEXTS["formulas"] + AGAIN,)})
    (path,) = render_report(read_run(run), "assignment", "en", ["html"])
    source = path.read_text(encoding="utf-8")
    table = source[source.index('id="table-steps"') :].partition("</table>")[0]
    assert "$x$ [[hu]] `y`" in table and "<b>" not in source and "<script>alert" not in source


def test_paper_does_not_print_the_question_again_that_is_told_through(tmp_path: Path) -> None:
    before = next(
        it.before for it in build_assignment(read_run(make_run(tmp_path / "r", questions=12))).sections if it.before
    )
    assert before is not None and before.example is not None
    printed = [it.id for it in before.printed]
    assert len(printed) == 4 and before.example.exchange.id not in printed
    assert "Printed are the 5 of 12 questions whose answers differ most" in before.printed_note


def test_the_real_answers_tell_the_first_question_through(tmp_path: Path) -> None:
    if not REAL.is_dir():
        pytest.skip("the real assignment's files are not here")
    from tests.conftest import run_harness

    files = {"base": "mistral", "dpo": "DPO_mistral", "orpo": "ORPO_mistral"}
    given = [f"{name}={REAL}/submission/{file}-7b-v0.3-bnb-4bit.json" for name, file in files.items()]
    done = run_harness("import", "--suite", "assignment", *given, "--run", "real", "--no-report", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    found = worked_example(gather(read_run(tmp_path / "runs" / "eval" / "real"), words("en")), MORE)
    assert found is not None and found.exchange.id == "1"
    steps = {step.title: [cell.replace("\u00a0", " ") for cell in step.cells] for step in found.steps}
    assert [cell.split()[0] for cell in steps["Words"]] == ["329", "310", "310"]
    assert steps["Repeated 4-grams"][0].startswith("77.0 % (1 − 75/326")
    assert "13 times: “### Instruction: You are”" in steps["Repeated 4-grams"][1]
