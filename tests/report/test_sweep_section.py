"""A sweep in the reports: ranked, drawn, and claiming no more than its seeds show."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import replace
from html import unescape
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pypdf import PdfReader
from safetensors.numpy import save_file
from weasyprint import HTML

from harness.charts import SettingPoint, chart, sweep, sweep_row
from harness.comparing import Measure
from harness.comparing.seeds import read_sweep, scored
from harness.errors import HarnessError
from harness.records import Estimate, Summary, Variant
from harness.report import render_report
from harness.report.assignment import build_assignment
from harness.report.rendering import page_environment
from harness.report.summary import build_report
from harness.report.sweep import value_text
from harness.report.sweep.findings import caution, findings
from harness.report.sweep.terms import facets
from harness.store import Json, RunFolder, read_run, write_json
from harness.sweep import Sweeping, plan_sweep
from harness.sweep.left_out import adds_nothing
from harness.sweep.results import sweep_summary
from harness.words import words
from tests.support.report_fixture import make_run
from tests.support.swept import level
from tests.words.test_pages import english, in_han, read

FILE = """
changes:
  - {method: dpo, learning_rate: 2.5e-4}
  - {method: dpo, learning_rate: 5e-5}
  - {method: orpo, learning_rate: 2e-3}
  - {method: orpo, learning_rate: 4e-4}
grid: {lora_dropout: [0, 0.1], seed: [1, 2]}
"""
FAILED = "dpo-lr5e-5-dropout0.1-seed2"
LINE = 'ValueError: <b>0 rows</b> & "none" fit'
CORRECT = Measure("suite", "correct", "Correct", "higher", "share", group="answers")


@pytest.fixture(scope="module")
def sweeping(tmp_path_factory: pytest.TempPathFactory) -> Sweeping:
    return planned(tmp_path_factory.mktemp("plan"), FILE)


@pytest.fixture(scope="module")
def thrice(tmp_path_factory: pytest.TempPathFactory) -> Sweeping:
    """With the three seeds that a claim about a setting needs."""
    return planned(tmp_path_factory.mktemp("thrice"), FILE.replace("seed: [1, 2]", "seed: [1, 2, 3]"))


def planned(folder: Path, text: str) -> Sweeping:
    (folder / "sweep.yaml").write_text(text)
    with pytest.MonkeyPatch.context() as patch:
        # Spares the seconds that TRL takes to say what arguments it has.
        patch.setattr("harness.sweep.plan._unknown_arguments", lambda jobs: [])
        patch.chdir(folder)
        return plan_sweep("sweep.yaml")


@pytest.fixture(scope="module")
def run(sweeping: Sweeping, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """An evaluation of fifteen of the sixteen trainings, with what their certificates say."""
    jobs = [job for job in sweeping.jobs if job.name != FAILED]
    path = tmp_path_factory.mktemp("sweep") / "runs" / "eval" / "swept"
    run = make_run(path, names=("base", *(job.name for job in jobs)), questions=12, benchmarks=False)
    varied = {job.name: {key: value for key, value in job.varied.items() if key != "method"} for job in jobs}
    trained_with(run, {name: {**row, "lora_dropout_asked": row["lora_dropout"]} for name, row in varied.items()})
    write_json(
        run.path / "sweep.json", sweep_summary(sweeping, read_run(run).summary, scored(read_run(run)), {FAILED: LINE})
    )
    return run


def trained_with(run: RunFolder, settings: Mapping[str, Mapping[str, Any]]) -> None:
    """Certifies some hyper-parameters besides."""
    manifest = read_run(run).manifest
    trainings = {
        name: replace(manifest.trainings[name], hyperparameters={**manifest.trainings[name].hyperparameters, **more})
        for name, more in settings.items()
    }
    run.write_manifest(replace(manifest, trainings={**manifest.trainings, **trainings}))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A sweep of one DPO and one ORPO, both with a dropout that was switched off."""
    path = tmp_path_factory.mktemp("small") / "runs" / "eval" / "small"
    run = make_run(path, questions=2, benchmarks=False, curves=False)
    trained_with(run, {name: {"lora_dropout_asked": 0.1, "lora_dropout": 0.0} for name in ("dpo", "orpo")})
    rows = [{"name": name, "settings": {"method": name}, "values": {}, "failed": None} for name in ("dpo", "orpo")]
    write_json(run.path / "sweep.json", {"sweep": "s", "metric": "correct", "trainings": rows})
    return run


@pytest.fixture(scope="module")
def html(run: RunFolder) -> str:
    return render_report(read_run(run), formats=["html"])[0].read_text(encoding="utf-8")


def found(sweeping: Sweeping, values: Mapping[str, float]) -> Json:
    """What sweep_summary says of these means of `correct`."""
    cells = {name: {"correct": Estimate(value, 0.1, 0.9, "wilson", 40, 0)} for name, value in values.items()}
    variants = tuple(Variant(name, "adapter", None, None, None) for name in values)
    return sweep_summary(sweeping, Summary("r", "s", 40, variants, cells, {}, (), ()), level(values, 40), {})


def said(sweeping: Sweeping, values: Mapping[str, float], lang: str = "en") -> tuple[str, ...]:
    return findings(found(sweeping, values), CORRECT, {}, words(lang))


def test_an_interval_that_holds_zero_is_no_difference_and_says_how_wide_it_is(thrice: Sweeping) -> None:
    # Seeds 0.1 apart on either side, questions alike: t(0.975, 4) = 2.7764 times √(2 · 0.01 / 3) is 22.7 points.
    values = {job.name: 0.3 + 0.1 * job.varied["seed"] for job in thrice.jobs}
    values |= {name: value + 0.02 for name, value in values.items() if "dropout0.1" in name}
    sentences = said(thrice, values)
    [dropout] = [line for line in sentences if line.startswith("DPO: ") and "dropout 0 and 0.1" in line]
    assert "no difference in Correct between dropout 0 and 0.1 was shown" in dropout
    assert "contains zero in every pair that can be compared (2 of 2)" in dropout and "±23 points" in dropout
    assert not any("a difference in" in line for line in sentences)


def test_an_interval_without_zero_is_a_difference_with_both_figures(thrice: Sweeping) -> None:
    values = {job.name: 0.298 + 0.002 * job.varied["seed"] for job in thrice.jobs}
    values |= {name: value + 0.4 for name, value in values.items() if "lr2.5e-4" in name}
    sentences = said(thrice, values)
    [rate] = [line for line in sentences if line.startswith("DPO: ") and "learning rate" in line]
    # A mean of 30.2 %, and t(0.975, 2) = 4.3027 times 0.2 / √3 points, 0.5, either side.
    assert "excludes zero in 2 of 2 pairs" in rate
    high, low = "2.5\u00a0×\u00a010⁻⁴ 70.2\u00a0% (69.7 to 70.7)", "5\u00a0×\u00a010⁻⁵ 30.2\u00a0% (29.7 to 30.7)"
    assert f"{high} against {low} (dropout\u00a00)" in rate
    [same] = [
        line for line in sentences if line.startswith("ORPO: learning rate 4\u00a0×\u00a010⁻⁴ and 2\u00a0×\u00a010⁻³")
    ]
    assert same.endswith("gave exactly the same Correct in every pair (2).")
    assert sentences[0].startswith("2 combinations share the first place")


def test_two_seeds_make_no_claim_about_a_setting(sweeping: Sweeping) -> None:
    values = {job.name: 0.299 + 0.002 * job.varied["seed"] for job in sweeping.jobs}
    values |= {name: value + 0.4 for name, value in values.items() if "lr2.5e-4" in name}
    [rate] = [line for line in said(sweeping, values) if line.startswith("DPO: ") and "learning rate" in line]
    assert "cannot be said: a claim about a setting needs 3 seeds, and there are 2 seeds" in rate
    assert "needs 3" in caution(found(sweeping, values), words("en"))


def test_one_seed_says_nothing_about_a_setting(sweeping: Sweeping) -> None:
    values = {
        job.name: 0.1 + 0.8 * (job.varied["lora_dropout"] > 0) for job in sweeping.jobs if job.varied["seed"] == 1
    }
    sentences = said(sweeping, values)
    assert all("cannot be said" in line or "gave exactly the same" in line for line in sentences[2:])
    assert "share the first place" in sentences[0]


def test_seeds_that_agree_are_told_and_not_judged(sweeping: Sweeping) -> None:
    values = {job.name: 0.9 if job.varied["lora_dropout"] else 0.1 for job in sweeping.jobs}
    sentences = said(sweeping, values)
    [line] = [it for it in sentences if it.startswith("DPO: along dropout, each seed")]
    assert "0.1 90.0\u00a0% against 0 10.0\u00a0% in 2 of 2 pairs" in line and "no interval over seeds" in line
    assert not any("a difference in" in line for line in sentences)


def test_a_figure_that_all_seeds_agree_on_is_judged_by_the_others_interval(thrice: Sweeping) -> None:
    values = {job.name: 0.5 + 0.001 * job.varied["seed"] for job in thrice.jobs}
    values |= {job.name: 0.9 for job in thrice.jobs if job.varied["lora_dropout"]}
    shown = "dropout was shown: over 3 seeds and the questions, the interval of the paired difference excludes zero"
    assert any(shown in it for it in said(thrice, values))


def test_every_sentence_is_said_in_chinese_too(thrice: Sweeping) -> None:
    values = {job.name: 0.3 + 0.001 * job.varied["seed"] + 0.4 * ("lr2.5e-4" in job.name) for job in thrice.jobs}
    sentences = said(thrice, values, "zh-TW")
    assert len(sentences) == len(said(thrice, values)) and "未參與挑選的題目" in sentences[1]
    assert any("不含零" in line for line in sentences) and all(re.search(r"[\u4e00-\u9fff]", it) for it in sentences)


def test_each_method_has_its_own_panels_and_too_many_lines_have_more(sweeping: Sweeping) -> None:
    panels = found(sweeping, {job.name: 0.5 for job in sweeping.jobs})["sensitivity"]
    assert [(it.setting, it.fixed) for it in facets(panels)] == [
        (setting, (("method", method),)) for setting in ("learning_rate", "lora_dropout") for method in ("dpo", "orpo")
    ]
    lines = [{"fixed": {"r": r, "beta": beta}, "points": []} for r in (4, 8) for beta in range(4)]
    wide = facets([{"setting": "seedless", "metric": "correct", "series": lines}])
    assert [it.fixed for it in wide] == [(("r", 4),), (("r", 8),)]


def test_rates_stand_on_a_logarithmic_axis_and_words_at_equal_distances() -> None:
    log = sweep.axis([1e-6, 5e-6, 2.5e-5], ["a", "b", "c"])
    assert log.kind == "log" and log.places == pytest.approx((0, 0.5, 1))
    assert sweep.axis([0, 0.05, 0.1], ["a", "b", "c"]).places == pytest.approx((0, 0.5, 1))
    assert sweep.axis([0, 0.01, 0.1], ["a", "b", "c"]).kind == "steps"
    assert sweep.axis(["dpo", "orpo"], ["DPO", "ORPO"]).kind == "steps"
    assert sweep.axis([True, False], ["true", "false"]).kind == "steps"


def test_an_interval_that_leaves_the_picture_ends_in_an_arrow() -> None:
    near = SettingPoint(0, 50.0, 49.0, 51.0, True, (49.5, 50.5))
    far = SettingPoint(1, 52.0, -900.0, 900.0, True, (51.0, 53.0))
    scale = sweep.reach([near, far], None, share=False)
    assert scale.cut and 40 < scale.low < 49 and 53 < scale.high < 62
    arrows = [
        layer
        for layer in sweep_row.row(far, scale)["layer"]
        if layer["mark"]["type"] == "point" and "angle" in layer["mark"]
    ]
    assert len(arrows) == 2
    assert not sweep.reach([near], None, share=False).cut


def test_labels_at_the_lines_ends_never_cover_each_other() -> None:
    series = [
        sweep.Series(
            f"dropout {n}", n, (SettingPoint(0, 1.0, None, None, True, ()), SettingPoint(1, 1.0, None, None, True, ()))
        )
        for n in range(6)
    ]
    points = [point for line in series for point in line.points]
    axis = sweep.axis([1, 2], ["1", "2"])
    svg = chart(sweep.panel(series, axis, sweep.reach(points, 1.0, share=False), "base"), "six lines").svg
    rows = re.findall(r'<text [^>]*transform="translate\(([\d.]+),([-\d.]+)\)"[^>]*>(?:dropout \d|base)</text>', svg)
    heights = sorted(float(y) for _, y in rows)
    assert len(rows) == 7 and all(b - a >= 11 for a, b in pairwise(heights))


def test_values_are_written_as_a_reader_knows_them() -> None:
    assert (
        value_text(5e-6) == "5\u00a0×\u00a010⁻⁶"
        and value_text(2.5e-4) == "2.5\u00a0×\u00a010⁻⁴"
        and value_text(0.01) == "0.01"
    )
    assert value_text(0) == "0" and value_text(12000) == "12,000" and value_text(-3) == "−3"
    assert value_text(["sigmoid", "sft"]) == "sigmoid + sft" and value_text(True) == "True" and value_text(None) == "–"


def test_the_section_comes_first_and_ranks_every_combination(run: RunFolder, html: str) -> None:
    assert html.index('<section id="sweep">') < html.index('<section id="verdict">')
    section = html[html.index('<section id="sweep">') : html.index('<section id="verdict">')]
    ranking = json.loads((run.path / "sweep.json").read_text())["ranking"]
    places = re.findall(r'class="place" data-name="Place">(\d+)<', section)
    assert places == [str(n + 1) for n in range(len(ranking))] and len(places) == 8
    means = [float(it) for it in re.findall(r'class="number figure" data-name="Correct, %">([\d.]+)', section)]
    assert means[:-1] == [round(100 * group["mean"], 1) for group in ranking]
    assert means[:-1] == sorted(means[:-1], reverse=True)
    assert "1 of 2" in section


def test_every_picture_says_in_words_what_it_shows(html: str) -> None:
    section = html[html.index('<section id="sweep">') : html.index('<section id="verdict">')]
    labels = [unescape(it) for it in re.findall(r'<svg role="img" aria-label="([^"]*)"', section)]
    assert len(labels) == section.count('<svg role="img"') and all(labels)
    [panel] = [
        it
        for it in labels
        if it.startswith("Correct along Learning rate, DPO: dropout\u00a00: 5\u00a0×\u00a010⁻⁵ gives ")
    ]
    assert "2.5\u00a0×\u00a010⁻⁴ gives " in panel and "dropout\u00a00.1: " in panel
    assert not re.search(r"<[a-z][^>]* style=", section)


def test_a_failed_training_is_named_with_its_line(html: str) -> None:
    assert "1 training is not in the figures" in html
    assert f"<bdi>{FAILED}</bdi>" in html and LINE not in html
    assert "ValueError: &lt;b&gt;0 rows&lt;/b&gt; &amp; &#34;none&#34; fit" in html


def test_other_sections_show_the_best_of_each_method_and_say_so(run: RunFolder) -> None:
    page = build_report(read_run(run))
    ranking = json.loads((run.path / "sweep.json").read_text())["ranking"]
    best = {next(g["trainings"][0] for g in ranking if g["settings"]["method"] == method) for method in ("dpo", "orpo")}
    assert {card.mark.name for card in page.verdict.cards} == {"base", *best}
    assert page.narrowed and all(name in page.narrowed for name in best)
    assert page.sweep is not None and len(page.sweep.trainings) == 16
    assert {mark.name for mark in page.answers.marks} == {"base", *best}


def test_a_few_trainings_are_all_shown_everywhere(small: RunFolder) -> None:
    page = build_report(read_run(small))
    assert page.narrowed is None and len(page.verdict.cards) == 3
    assert page.sweep is not None and not page.sweep.trainings and len(page.sweep.ranking.rows) == 3


def test_figures_follow_answers_that_were_scored_again(run: RunFolder, tmp_path: Path) -> None:
    later = RunFolder(shutil.copytree(run.path, tmp_path / "later"))
    summary = read_run(run).summary
    name = summary.variants[1].name
    again = {
        **summary.metrics,
        name: {**summary.metrics[name], "correct": Estimate(0.0, 0.0, 0.2, "corrected t", 12, 0)},
    }
    later.write_summary(replace(summary, metrics=again))
    before, after = (read_sweep(read_run(it)) for it in (run, later))
    assert before is not None and after is not None

    def value(found: Json) -> float:
        [group] = [it for it in found["ranking"] if name in it["trainings"]]
        return float(group["values"][group["trainings"].index(name)])

    assert value(before) > 0.0 == value(after)


def test_a_run_without_a_sweep_has_no_section_and_a_broken_one_is_refused(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", questions=2)
    assert build_report(read_run(run)).sweep is None
    (run.path / "sweep.json").write_text('{"metric": "correct", "trainings": [{"name": "dpo"}]}')
    with pytest.raises(HarnessError, match="is not what a sweep writes"):
        build_report(read_run(run))


HOSTILE = '"><script>alert(1)</script>{{ 7 * 7 }}\u202e\x00\ud800'


def test_hostile_values_of_settings_are_shown_and_nothing_more(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", questions=2, benchmarks=False, curves=False)
    rows = [
        {"name": name, "settings": {"method": HOSTILE, HOSTILE: [HOSTILE, place]}, "values": {}, "failed": HOSTILE}
        for place, name in enumerate(("dpo", "orpo"))
    ]
    write_json(run.path / "sweep.json", {"sweep": HOSTILE, "metric": "correct", "trainings": rows})
    page = render_report(read_run(run), formats=["html"])[0].read_text(encoding="utf-8")
    assert page.count("<script") == 2 and "&lt;script&gt;alert(1)" in page and "{{ 7 * 7 }}" in page
    assert not re.search("[\u202e\x00\ud800]", page)


def test_the_assignments_experiments_are_the_sweeps_with_the_dropout_that_took_effect(run: RunFolder) -> None:
    sections = {section.id: section for section in build_assignment(read_run(run)).sections}
    experiments = sections["experiments"].experiments
    assert experiments is not None and experiments.swept is not None and not experiments.settings
    swept = experiments.swept
    assert swept.section.ranking.rows and len(swept.settings.rows) == 15
    in_effect = swept.settings.head.index("dropout in effect")
    values = {str(row[0]): str(row[in_effect]) for row in swept.settings.rows}
    assert values["orpo-lr2e-3-dropout0.1-seed1"] == "0.1" and values["orpo-lr2e-3-dropout0-seed1"] == "0"
    assert "disable_dropout=True by default" in swept.notes[0] and "are 0 and 0.1." in swept.notes[0]
    answers = sections["answers"].before
    assert answers is not None and len(answers.briefs) == 3


def test_a_dropout_that_was_switched_off_is_named(small: RunFolder) -> None:
    experiments = next(s.experiments for s in build_assignment(read_run(small)).sections if s.id == "experiments")
    assert experiments is not None and experiments.swept is not None
    assert [note for note in experiments.swept.notes if "a dropout of 0.1 was asked for, but 0 took effect" in note]


def test_the_page_on_paper_has_the_sweep_in_chinese(small: RunFolder) -> None:
    pdf = PdfReader(render_report(read_run(small), lang="zh-TW", formats=["pdf"])[0])
    text = "".join(page.extract_text() for page in pdf.pages[:3])
    assert "參數掃描" in text and "DPO" in text and "個隨機種子" in text


def test_an_adapter_whose_every_b_is_zero_adds_nothing(tmp_path: Path) -> None:
    def weights(name: str, b: float) -> Path:
        a = np.ones((2, 4), np.float32)
        tensors = {"q_proj.lora_A.weight": a, "q_proj.lora_B.weight": np.zeros((4, 2), np.float32)}
        tensors["v_proj.lora_B.weight"] = np.full((4, 2), b, np.float32)
        save_file(tensors, tmp_path / name)
        return tmp_path / name

    assert adds_nothing(weights("dead", 0.0)) and not adds_nothing(weights("alive", 1e-12))
    assert not adds_nothing(tmp_path / "missing")


def test_the_forest_of_two_dozen_variants_breaks_over_pages(tmp_path: Path) -> None:
    names = ("base", *(f"variant-{n}" for n in range(24)))
    run = make_run(tmp_path / "run", names=names, questions=2, benchmarks=False, curves=False)
    environment = page_environment("summary", words("en"), ())
    filled = {"report": build_report(read_run(run)), "medium": "print", "paint": str}
    page = environment.get_template("summary.html.j2").render(filled)
    style, forest = (re.search(part, page, re.S) for part in ("<style>.*?</style>", '<table class="forest.*?</table>'))
    assert style and forest
    # WeasyPrint gives up where groups that must stay together are higher than a page.
    assert len(HTML(string=f"{style[0]}<body>{forest[0]}").render().pages) > 2


@pytest.mark.parametrize("lang", ["zh-TW", "zh-CN"])
def test_the_section_has_no_english_sentence(run: RunFolder, lang: str, tmp_path: Path) -> None:
    folder = RunFolder(Path(shutil.copytree(run.path, tmp_path / "swept")))
    # The fixture's own are written as an old summary has them: in English, and without their values.
    folder.write_summary(replace(read_run(folder).summary, warnings=()))
    (path,) = render_report(in_han(read_run(folder)), lang=lang, formats=["html"])
    texts = [text for text in read(path.read_text(encoding="utf-8")) if LINE not in text]
    assert len(texts) > 150 and not english(texts)
