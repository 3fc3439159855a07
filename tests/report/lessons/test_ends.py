"""Three sentences end a section: they change with the run's facts, and no table beside them says otherwise."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.comparing import difference_text
from harness.records import Comparison, Curve, Verdict
from harness.report import gather
from harness.report.assignment import build_assignment
from harness.report.assignment.ends import section_end
from harness.report.lessons import Lesson, answers_end, curves_end
from harness.store import ADAPTER_CONFIG, RunFolder, read_run, write_json
from harness.words import words
from tests.report.assignment.test_assignment_report import certificate, certified
from tests.support.report_fixture import make_run
from tests.support.verdict_runs import better, blind, missing

SECTIONS = ("methods", "comparison", "lora", "curves", "answers", "experiments")
LANGUAGES = ("en", "zh-TW")
_GAP = re.compile(r"\bNone\b|\bnan\b|\{[a-z_]*\}|\[\[")


@pytest.fixture(autouse=True)
def apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing lies in the working folder."""
    monkeypatch.chdir(tmp_path)


def plain(text: object) -> str:
    """As a reader sees it: no markup, no no-break spaces."""
    return re.sub(r"<svg.*?</svg>|<[^>]+>", "", str(text), flags=re.DOTALL).replace("\u00a0", " ")


def end(run: RunFolder, section: str, lang: str = "en") -> list[str]:
    material = gather(read_run(run), words(lang))
    return [plain(text) for text in section_end(section, material, read_run(run))]


def said(lessons: Sequence[Lesson] | Any) -> list[str]:
    return [plain(lesson.text) for lesson in lessons]


STATES: dict[str, Callable[[Path], RunFolder]] = {
    "everything": lambda folder: make_run(folder / "r", questions=12),
    "one variant": lambda folder: make_run(folder / "r", ("base",), 4),
    "dpo alone": lambda folder: make_run(folder / "r", ("base", "dpo"), 4),
    "no curves": lambda folder: make_run(folder / "r", questions=4, curves=False),
    "recorded": lambda folder: make_run(folder / "r", questions=4, recorded=True, curves=False, benchmarks=False),
    "one question": lambda folder: make_run(folder / "r", questions=1),
    "unjudged": lambda folder: make_run(folder / "r", questions=4, judged=False),
    "certified": lambda folder: certified(
        make_run(folder / "r", questions=4), certificate("dpo", "dpo"), certificate("orpo", "orpo")
    ),
    "seven": lambda folder: make_run(folder / "r", ("base", *"abcdef"), 4),
    "names that mean something": lambda folder: make_run(folder / "r", ("base", "$x$ [[hu]]", "<b>`y`</b>"), 4),
}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("state", STATES)
def test_every_section_ends_with_three_sentences_without_a_gap(state: str, lang: str, tmp_path: Path) -> None:
    report = build_assignment(read_run(STATES[state](tmp_path)), lang)
    ends = {section.id: section.ends for section in report.sections}
    assert {section for section, found in ends.items() if found} == set(SECTIONS)
    # With nothing to compare there are two things to say of answers, and one of curves that nobody trained.
    least = 1 if state == "one variant" else 3
    for section in SECTIONS:
        assert least <= len(ends[section]) <= 3, section
        assert not [text for text in map(str, ends[section]) if _GAP.search(plain(text)) and "[[hu]]" not in text]


def test_names_of_a_run_stay_text(tmp_path: Path) -> None:
    run = read_run(STATES["names that mean something"](tmp_path))
    for section in build_assignment(run).sections:
        for text in section.ends:
            assert "<b>" not in (text if hasattr(text, "__html__") else "")
    sentences = [str(text) for section in build_assignment(run).sections for text in section.ends]
    assert any("$x$ [[hu]]" in text for text in sentences)


def with_verdict(run: RunFolder, verdict: Verdict, metric: str = "words", **changed: Any) -> RunFolder:
    summary = read_run(run).summary
    rows = tuple(
        replace(row, verdict=verdict, reason="", **changed) if row.metric == metric and row.primary else row
        for row in summary.comparisons
    )
    run.write_summary(replace(summary, comparisons=rows))
    return run


def words_row(run: RunFolder, baseline: str = "base", variant: str = "dpo") -> Comparison:
    rows = read_run(run).summary.comparisons
    return next(row for row in rows if (row.baseline, row.variant, row.metric) == (baseline, variant, "words"))


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("verdict", ["improved", "regressed", "shifted", "unchanged", "undecided"])
def test_the_answers_end_tells_each_difference_with_its_verdict(verdict: Verdict, lang: str, tmp_path: Path) -> None:
    run = with_verdict(make_run(tmp_path / "r", ("base", "dpo"), 60), verdict, mde=12.0)
    say, (row, material) = words(lang), (words_row(run), gather(read_run(run), words(lang)))
    measure = next(it for it in material.measures if it.metric == "words")
    sentences = said(answers_end(material))
    effect = plain(difference_text(row, measure, say))
    (holds,) = [text for text in sentences if effect in text]
    if verdict in ("improved", "regressed", "shifted"):
        assert holds == sentences[0] and f"{effect}" in holds
        assert re.search(rf"{re.escape(effect)}[^;；]*\b60[^;；]*{say(f'verdict.{verdict}')}", holds)
    else:
        assert holds == sentences[1]
        heading = {"unchanged": ("Unchanged", "持平"), "undecided": ("Undecided", "未定")}[verdict]
        place = holds.index(heading[lang != "en"])
        assert place < holds.index(effect)
    shows = {"en": "smallest detectable: 12 words", "zh-TW": "最小可測差異：12 字"}[lang]
    assert (shows in holds.partition(effect)[2].split(";")[0].split("；")[0]) == (verdict == "undecided")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_count_of_what_is_decided_is_the_summarys(lang: str, tmp_path: Path) -> None:
    run = make_run(tmp_path / "r", questions=60)
    rows = [row for row in read_run(run).summary.comparisons if row.baseline == "base" and row.primary]
    decided = [row for row in rows if row.verdict in ("improved", "regressed", "shifted")]
    first = end(run, "answers", lang)[0]
    counts = (len(decided), len(rows)) if lang == "en" else (len(rows), len(decided))
    assert [int(n) for n in re.findall(r"\d+", first)[:2]] == list(counts)
    none = with_verdict(run, "undecided")
    summary = read_run(none).summary
    open_rows = tuple(replace(row, verdict="undecided", reason="") for row in summary.comparisons)
    none.write_summary(replace(summary, comparisons=open_rows))
    first = end(none, "answers", lang)[0]
    assert ("None of" in first or "都沒有顯著差異" in first) and str(len(rows)) in first


def test_where_nothing_is_decided_it_says_what_the_sample_would_have_shown(tmp_path: Path) -> None:
    material = gather(blind(tmp_path / "blind"), words("en"))
    sentences = said(answers_end(material))
    assert "one primary comparison with base shows no difference" in sentences[0]
    assert sentences[1].startswith("130 judged answers are too few to decide anything about dpo: they can show only")
    assert "improved" not in " ".join(sentences)


def test_a_verdict_that_missing_answers_could_turn_says_so(tmp_path: Path) -> None:
    sentences = said(answers_end(gather(missing(tmp_path / "missing"), words("en"))))
    assert "the missing answers could overturn it" in sentences[1] and "n = 90 of 130" in sentences[1]


def test_what_is_better_for_sure_is_told_first(tmp_path: Path) -> None:
    sentences = said(answers_end(gather(better(tmp_path / "better"), words("en"))))
    assert re.search(
        r"^A difference from base is shown in 1 of 1 primary comparison: dpo: Correct \+[\d.]+ .*, n = 130, improved",
        sentences[0],
    )
    assert sentences[1] == "No primary comparison is undecided or unchanged."


def test_lengths_of_answers_that_were_cut_are_lower_bounds(tmp_path: Path) -> None:
    run = make_run(tmp_path / "r", questions=4)
    assert "lower bounds" in end(run, "answers")[-1]
    run.write_summary(replace(read_run(run).summary, warnings=()))
    assert "lower bounds" not in end(run, "answers")[-1]


LOSS: list[tuple[list[float], list[float], str]] = [
    ([3.0, 2.0, 1.0], [], "the loss of dpo falls from 3 to 1, and no evaluation loss says"),
    ([1.0, 2.0, 3.0], [], "the loss of dpo rises from 1 to 3"),
    ([1.0, 1.0, 1.0], [], "the loss of dpo moves no further than its own scatter (1 at the start"),
    ([2.0], [], "the loss of dpo was logged once (2)"),
    ([3.0, 2.0, 1.0], [0.9, 0.5], "lowest at the last evaluation (0.5, step 2): no overfitting shows"),
    ([3.0, 2.0, 1.0], [0.5, 0.9], "lowest at step 1 (0.5) and higher after it, as in overfitting"),
    ([3.0, 2.0, 1.0], [0.5, 0.5], "lowest at the last evaluation (0.5, step 2)"),
    ([3.0, 2.0, 1.0], [0.5], "one evaluation alone does not say"),
]


def rows_of(key: str, values: Sequence[float]) -> list[Curve]:
    return [Curve("dpo", step, None, key, value) for step, value in enumerate(values, start=1)]


def curves_of(tmp_path: Path, **logged: Sequence[float]) -> list[str]:
    run = make_run(tmp_path / "r", ("base", "dpo"), 2, curves=False, benchmarks=False)
    keys = {"loss": "loss", "evaluated": "eval_loss", "accuracy": "rewards/accuracies"}
    run.write_curves([row for name, values in logged.items() for row in rows_of(keys[name], values)])
    return said(curves_end(gather(read_run(run), words("en"))))


@pytest.mark.parametrize(("loss", "evaluated", "told"), LOSS)
def test_the_curves_end_follows_the_loss_as_it_was_logged(
    loss: list[float], evaluated: list[float], told: str, tmp_path: Path
) -> None:
    assert told in curves_of(tmp_path, loss=loss, evaluated=evaluated)[0]


@pytest.mark.parametrize(
    ("accuracy", "told"),
    [
        ([0.5, 0.96, 0.97], "dpo is at 95 % or more in 2 of 2 logged values from step 2 on and ends at 97 %"),
        ([0.96, 0.5, 0.97], "dpo is at 95 % or more in 2 of 3 logged values from step 1 on and ends at 97 %"),
        ([0.2, 0.6, 0.4], "dpo never reaches 95 %: 60 % at most, 40 % at the end"),
        ([], "No reward accuracy was logged"),
    ],
)
def test_whether_rewards_tell_the_pairs_apart_is_read_off_the_raw_values(
    accuracy: list[float], told: str, tmp_path: Path
) -> None:
    assert told in curves_of(tmp_path, loss=[1.0, 0.5], accuracy=accuracy)[1]


def test_without_curves_nothing_is_said_of_a_loss(tmp_path: Path) -> None:
    sentences = end(make_run(tmp_path / "r", questions=2, curves=False), "curves")
    assert sentences[0] == "No training curves of dpo, orpo are recorded."
    assert "--curves dpo=FILE" in sentences[2] and not re.search(r"\d", " ".join(sentences[:2]))


def test_what_no_curve_shows_is_the_same_checkpoints_level(tmp_path: Path) -> None:
    run = make_run(tmp_path / "r", questions=10)
    leaks = {name: read_run(run).summary.metrics[name]["leak"].mean for name in ("dpo", "orpo")}
    for name, mean in leaks.items():
        assert mean is not None and f"{name} {100 * mean:.0f}" in end(run, "curves")[2]


def test_the_adapters_are_those_of_the_certificates_the_configuration_or_unknown(tmp_path: Path) -> None:
    bare = make_run(tmp_path / "bare", questions=2, recorded=True)
    assert "not recorded" in end(bare, "lora")[1]
    config = {"r": 4, "lora_alpha": 32, "lora_dropout": 0.1, "target_modules": ["q_proj"]}
    write_json(bare.path / ADAPTER_CONFIG, config)
    sentences = end(bare, "lora")
    assert "rank 4, α 32, scale 8, parameters not counted" in sentences[1]
    assert "0.1 configured; the value in effect is not recorded" in sentences[2]
    own = certificate("orpo", "orpo", r=8, lora_dropout_asked=0.1)
    run = certified(make_run(tmp_path / "own", questions=2), certificate("dpo", "dpo"), own)
    sentences = end(run, "lora")
    assert "dpo (rank 4, α 32, scale 8, 10,485,760" in sentences[1] and "orpo (rank 8, α 32, scale 4" in sentences[1]
    assert "dpo (0 in effect); orpo (0.1 configured, 0 in effect)" in sentences[2]


def test_the_methods_end_says_what_steered_the_trainings_or_that_it_is_not_recorded(tmp_path: Path) -> None:
    run = make_run(tmp_path / "r", questions=2)
    assert "dpo (β 0.1, learning rate 0.001)" in end(run, "methods")[2].replace("1 × 10⁻³", "0.001")
    bare = make_run(tmp_path / "bare", questions=2, recorded=True, curves=False)
    assert end(bare, "methods")[2] == "The β used to train dpo, orpo is not recorded."


def test_sentences_about_methods_name_their_source(tmp_path: Path) -> None:
    report = build_assignment(read_run(make_run(tmp_path / "r", questions=2)))
    for section, sources in {
        "methods": ("rafailov", "hong"),
        "comparison": ("rafailov", "hong"),
        "lora": ("hu",),
    }.items():
        text = " ".join(str(it) for found in report.sections if found.id == section for it in found.ends)
        assert all(f'href="#ref-{source}"' in text for source in sources)


def test_two_checkpoints_are_not_two_methods(tmp_path: Path) -> None:
    run = make_run(tmp_path / "r", questions=60)
    # The fixture's methods alternate: the first tuned one is orpo's.
    row = words_row(run, "dpo", "orpo")
    sentences = end(run, "comparison")
    assert len(sentences) == 3 and "one checkpoint each" in sentences[2]
    assert f"n = {row.n}" in " ".join(sentences[1:])
    alone = end(make_run(tmp_path / "alone", ("base", "dpo"), 4), "comparison")
    assert "measured nothing between the two" in alone[1]


def test_the_experiments_end_counts_what_was_changed_and_what_it_came_to(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    own = [certificate("dpo", "dpo"), certificate("orpo", "orpo")]
    run = certified(make_run(runs / "eval" / "main", questions=10), *own)
    assert "none was found" in end(run, "experiments")[0]
    faster = certificate("dpo-lr", "dpo", learning_rate=1e-5)
    certified(make_run(runs / "eval" / "more", ("base", "dpo", "dpo-lr"), 10), own[0], faster)
    both = certificate("dpo-both", "dpo", learning_rate=1e-5, beta=0.5)
    dropped = certificate("orpo-dropout", "orpo", lora_dropout_asked=0.1)
    for found in (both, dropped):
        write_json(runs / "train" / found["name"] / "certificate.json", found)
    changed, came_to, scope = end(run, "experiments")
    assert changed.startswith("3 further trainings: ")
    assert "only one recorded setting differs in dpo-lr (learning_rate)" in changed
    assert (
        "several differ at once in dpo-both" in changed and "none that took effect differs in orpo-dropout" in changed
    )
    rows = read_run(runs / "eval" / "more").summary.comparisons
    sought = [row for row in rows if (row.baseline, row.variant) == ("dpo", "dpo-lr") and row.primary]
    assert f"of {len([row for row in sought if row.source == 'suite'])} primary comparisons" in came_to
    assert "Not evaluated yet: dpo-both, orpo-dropout." in scope
