"""The assignment, ready to hand in: complete in both languages, true to its summary, safe, as the teacher wants it."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from harness.audit.words import warning
from harness.comparing import level_text, suite_measure
from harness.errors import HarnessError
from harness.machine import missing_glyphs
from harness.records import Curve
from harness.report import gather, render_report
from harness.report.assignment import build_assignment, formulas
from harness.report.assignment.curves import curves
from harness.report.assignment.experiments import differences
from harness.report.assignment.formulas import formula, rich
from harness.report.assignment.layout import FILE, SECTIONS, read_layout
from harness.report.assignment.lora import count_parameters, state_bytes
from harness.report.assignment.notes import markdown
from harness.report.assignment.trainings import Trained, find_trainings
from harness.report.summary import build_report
from harness.resources import shipped
from harness.store import RunFolder, read_run, write_json
from harness.words import numerals, words
from tests.report.test_report import HOSTILE, Page, _flat
from tests.support.gate_runs import edit_json
from tests.support.report_fixture import make_run, replace_texts

LANGUAGES = ("en", "zh-TW")
NOTES = "# Our view\n<script>alert(1)</script> **bold** 我們認為 ORPO 較短。\n\n![x](http://127.0.0.1:9/x.png)\n"
SETTINGS = {
    "learning_rate": 5e-6, "beta": 0.1, "r": 4, "lora_alpha": 32, "lora_dropout": 0.0, "lora_dropout_asked": 0.0,
    "target_modules": ["q_proj", "v_proj"], "seed": 42, "optim": "adamw_torch",
}  # fmt: skip


def certificate(name: str, method: str, **changed: Any) -> dict[str, Any]:
    return {
        "name": name, "method": method, "hyperparameters": {**SETTINGS, **changed}, "steps": 397, "epochs": 1.0,
        "trainable_parameters": 10_485_760, "dtype": "bfloat16", "quantization": "nf4", "device": "an accelerator",
        "peak_memory_bytes": 9_000_000_000, "command": f"harness train {method} --name {name}",
        "adapter_digest": name * 8, "data": {"digest": "d"}, "base": {"digest": "b"},
    }  # fmt: skip


def certified(run: RunFolder, *certificates: dict[str, Any]) -> RunFolder:
    edit_json(run.path / "manifest.json", trainings={found["name"]: found for found in certificates})
    return run


def body(run: RunFolder, section: str) -> Any:
    """What stands in one section."""
    found = next(it for it in build_assignment(read_run(run)).sections if it.id == section)
    return found.theory or found.before or found.experiments


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A run with notes, beside another run and a training that nobody asked."""
    runs = tmp_path_factory.mktemp("assignment") / "runs"
    own = [certificate("dpo", "dpo"), certificate("orpo", "orpo")]
    faster = certificate("dpo-lr", "dpo", learning_rate=1e-5)
    certified(make_run(runs / "eval" / "more", ("base", "dpo", "dpo-lr"), 10), own[0], faster)
    dropped = certificate("orpo-dropout", "orpo", lora_dropout_asked=0.1)
    write_json(runs / "train" / "orpo-dropout" / "certificate.json", dropped)
    run = certified(make_run(runs / "eval" / "main", questions=10), *own)
    (run.path / "notes").mkdir()
    (run.path / "notes" / "lora.md").write_text(NOTES, encoding="utf-8")
    return run


@pytest.fixture(scope="module", params=LANGUAGES)
def lang(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def files(run: RunFolder, lang: str) -> Iterator[dict[str, Path]]:
    yield {path.suffix[1:]: path for path in render_report(read_run(run), "assignment", lang)}


@pytest.fixture(scope="module")
def html(files: dict[str, Path]) -> str:
    return files["html"].read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def pdf(files: dict[str, Path]) -> PdfReader:
    return PdfReader(files["pdf"])


@pytest.fixture(scope="module")
def pdf_text(files: dict[str, Path]) -> str:
    return subprocess.run(
        ["pdftotext", "-layout", files["pdf"], "-"], capture_output=True, text=True, check=True
    ).stdout


def test_every_section_stands_in_both_documents_with_its_points(html: str, pdf_text: str, lang: str) -> None:
    page = Page(html)
    for section in read_layout().sections:
        assert section.id in page.values("id")
        assert section.title[lang] in page.text
        assert section.title[lang].replace(" ", "") in pdf_text.replace(" ", "")
        if section.points:
            assert re.search(rf"{section.points:g}\s?%", pdf_text)


def test_the_words_that_a_grader_looks_for_are_there(pdf_text: str, lang: str) -> None:
    wanted = ("獎勵", "長度", "學習率", "過擬合") if lang == "zh-TW" else ("reward", "length", "learning rate")
    for word in ("DPO", "ORPO", "LoRA", "arXiv:2305.18290", *wanted):
        assert word.casefold() in pdf_text.casefold()


def test_numbers_are_the_summarys(run: RunFolder, html: str, pdf_text: str) -> None:
    summary = read_run(run).summary
    for name in ("base", "dpo", "orpo"):
        for metric in ("characters", "words"):
            mean = summary.metrics[name][metric].mean
            assert mean is not None
            for shown in (
                level_text(summary.metrics[name][metric], suite_measure(metric)),
                numerals.number(mean * summary.questions),
            ):
                assert f">{shown}</span></td>" in html
                assert shown in pdf_text


def test_the_adapters_are_counted_from_their_certificates(html: str) -> None:
    assert "10,485,760" in html
    assert "168 MB" in html  # 10,485,760 × 16 bytes


def test_links_resolve_and_ids_are_unique(html: str) -> None:
    page = Page(html)
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    links = page.values("href")
    assert {link[1:] for link in links if link.startswith("#")} <= set(ids)
    assert {it for it in ids if it.startswith("ref-")} == {link[1:] for link in links if link.startswith("#ref-")}
    # The last is the user's own.
    known = (
        "#",
        "https://arxiv.org/abs/",
        "https://doi.org/",
        "https://github.com/huggingface/trl",
        "http://127.0.0.1:9/x.png",
    )
    assert all(link.startswith(known) for link in links)


def test_nothing_is_fetched_and_nothing_runs(html: str) -> None:
    tags = [tag for tag, _ in Page(html).tags]
    assert not {*tags} & {"img", "link", "iframe", "object"}
    # The page's own, which its policy names by digest, and the words that it says.
    assert tags.count("script") == 2 and "'unsafe-" not in html


def test_the_users_words_are_included_set_apart_and_escaped(html: str, pdf_text: str) -> None:
    own = html[html.index('<div class="own"') :]
    own = own[: own.index("</div>")]
    assert "notes/lora.md" in own
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in own
    assert "<strong>bold</strong>" in own
    assert "我們認為 ORPO 較短" in pdf_text
    assert html.count('<div class="own"') == 1


def test_the_pdf_is_tagged_in_its_language_with_bookmarks_and_embedded_fonts(
    pdf: PdfReader, files: dict[str, Path], lang: str
) -> None:
    catalog: Any = pdf.trailer["/Root"]
    assert catalog["/Lang"] == lang
    assert catalog["/MarkInfo"]["/Marked"]
    titles = [str(item["/Title"]) for item in _flat(pdf.outline)]
    assert {f"{n} {it.title[lang]}" for n, it in enumerate(read_layout().sections, start=1)} <= set(titles)
    listed = subprocess.run(["pdffonts", files["pdf"]], capture_output=True, text=True, check=True).stdout
    fonts = listed.splitlines()[2:]
    assert fonts and all(" yes yes " in font for font in fonts)
    assert 3 <= len(pdf.pages) <= 60
    assert files["pdf"].stat().st_size < 3e6


def test_no_glyph_is_missing(pdf_text: str) -> None:
    assert "\ufffd" not in pdf_text
    assert not missing_glyphs([pdf_text])


def test_the_contents_name_the_page_of_each_section(pdf: PdfReader, lang: str) -> None:
    cover = pdf.pages[0].extract_text()
    pages = [int(found) for found in re.findall(r"(?:\. ?){5,}\s*(\d+)", cover)]
    assert len(pages) == len(SECTIONS)
    for section, number in zip(read_layout().sections, pages, strict=True):
        assert section.title[lang].split()[0] in pdf.pages[number - 1].extract_text()


def test_other_trainings_are_found_and_only_what_differs_is_called_changed(run: RunFolder) -> None:
    main, others = find_trainings(read_run(run))
    assert [it.name for it in main] == ["dpo", "orpo"]
    assert sorted(it.name for it in others) == ["dpo-lr", "orpo-dropout"]
    by_name = {it.name: it for it in (*main, *others)}
    assert differences(by_name["dpo-lr"], by_name["dpo"]) == {"learning_rate": (5e-6, 1e-5)}
    assert [here.id for here in by_name["dpo-lr"].asked] == ["more"]
    assert by_name["orpo-dropout"].asked == ()


def test_an_experiment_is_compared_in_the_run_that_asked_both(run: RunFolder, html: str) -> None:
    row = next(
        row for row in read_run(run.path.parent / "more").summary.comparisons
        if (row.baseline, row.variant, row.metric) == ("dpo", "dpo-lr", "words")
    )  # fmt: skip
    assert numerals.signed(row.delta, 1) in html or numerals.signed(row.delta) in html
    assert "dpo-lr − dpo (more)" in html


def test_an_experiment_is_compared_whichever_of_the_two_its_run_asked_first(tmp_path: Path) -> None:
    own = certificate("dpo", "dpo")
    run = certified(make_run(tmp_path / "main", ("base", "dpo"), 3), own)
    certified(make_run(tmp_path / "more", ("base", "dpo-lr", "dpo"), 3), certificate("dpo-lr", "dpo", beta=0.2), own)
    pairs = {row[0] for grid in body(run, "experiments").effects for row in grid.rows}
    assert pairs == {"dpo − dpo-lr (more)"}


def test_two_checkpoints_are_compared_whichever_was_asked_first(tmp_path: Path) -> None:
    for names, said in ((("base", "dpo", "orpo"), "orpo minus dpo"), (("base", "orpo", "dpo"), "dpo minus orpo")):
        run = make_run(tmp_path / names[1], names, 3)
        # The fixture's methods alternate by place.
        tuned = [replace(it, method=it.name) if it.kind == "adapter" else it for it in read_run(run).summary.variants]
        run.write_summary(replace(read_run(run).summary, variants=tuple(tuned)))
        (_, measured) = body(run, "comparison").grids
        assert said in measured.caption and measured.head[1:3] == names[1:]
        assert {row[0] for row in measured.rows} >= {"Correct", "Words"}


def curve_rows(key: str, *values: float) -> list[Curve]:
    return [Curve("dpo", step, None, key, value) for step, value in enumerate(values, start=1)]


@pytest.mark.parametrize(
    ("chosen", "rejected", "said"),
    [
        ((0.0, -1.0), (0.0, -3.0), True),
        # Still likelier than under the reference.
        ((2.0, 1.0), (2.0, -3.0), False),
        # The margin shrinks.
        ((0.0, -2.0), (-3.0, -4.0), False),
        ((0.0, 1.0), (0.0, -3.0), False),
    ],
)
def test_a_chosen_answer_is_called_less_likely_only_where_it_is(
    tmp_path: Path, chosen: tuple[float, ...], rejected: tuple[float, ...], said: bool
) -> None:
    run = make_run(tmp_path / "run", ("base", "dpo"), 1, curves=False, benchmarks=False)
    run.write_curves([*curve_rows("rewards/chosen", *chosen), *curve_rows("rewards/rejected", *rejected)])
    (reading,) = curves(gather(read_run(run), words("en"))).readings
    assert any("less likely than under the reference" in it for it in reading.sentences) == said


def test_an_evaluation_loss_that_stays_as_it_is_has_not_risen(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", ("base", "dpo"), 1, curves=False, benchmarks=False)
    run.write_curves(curve_rows("eval_loss", 0.7, 0.7))
    (reading,) = curves(gather(read_run(run), words("en"))).readings
    assert reading.sentences == (
        "Evaluation loss 0.7 at step 1, 0.7 at step 2: lowest at the last evaluation (step 2), so there is no sign of "
        "overfitting up to there.",
    )


def test_a_model_asked_by_its_own_template_is_not_said_to_be_asked_alike(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", ("base", "merged"), 2, curves=False, benchmarks=False)
    replace_texts(run, {("merged", "1"): "Seven.\n<|user|>\nNext?", ("base", "1"): "Seven.\n### Input:\nNext?"})
    edit_json(run.path / "manifest.json", models={"merged": {"own_prompt": {"headers": ["<|user|>"]}}})
    assert "with the same prompt template and settings" in body(run, "answers").lead
    run.write_summary(
        replace(read_run(run).summary, warnings=(warning("own_chat_template", ("merged",), names="merged"),))
    )
    before = body(run, "answers")
    assert "not all with the same prompt" in before.lead
    # Each by the headers that it was asked with, in both documents.
    replies = {reply.mark.name: reply for row in before.asked[0].rows for reply in row}
    shown = next(it for it in build_report(read_run(run)).answers.shown if it.id == "1")
    answers = {answer.mark.name: answer for row in shown.rows for answer in row}
    for name, header in (("merged", "<|user|>"), ("base", "### Input:")):
        for one in (replies[name], answers[name]):
            assert [it.text for it in one.segments if it.kind == "leak"] == [header]


def test_a_dropout_that_took_no_effect_is_no_experiment(run: RunFolder) -> None:
    experiments = next(it for it in build_assignment(read_run(run)).sections if it.id == "experiments").experiments
    assert experiments is not None
    assert any("a dropout of 0.1 was asked for, but 0 took effect" in note for note in experiments.notes)
    assert any("same effective settings as orpo" in note for note in experiments.notes)
    assert "harness evaluate --adapters dpo,orpo,orpo-dropout --suite fixture" in experiments.commands


def test_without_other_trainings_it_says_how_to_add_one(tmp_path: Path) -> None:
    run = certified(make_run(tmp_path / "eval" / "main", questions=3), certificate("dpo", "dpo"))
    experiments = next(it for it in build_assignment(read_run(run)).sections if it.id == "experiments").experiments
    assert experiments is not None and not experiments.settings
    faster = next(line for line in experiments.commands if " --name dpo-lr " in line)
    assert faster == (
        "harness train dpo --name dpo-lr --set base=BASE --set data=DATA --set quantization=nf4 "
        "--set learning_rate=1e-05 --set beta=0.1 --set r=4 --set lora_alpha=32 --set lora_dropout=0 "
        "--set 'target_modules=[q_proj,v_proj]' --set seed=42"
    )
    assert any("BASE, DATA in capitals" in sentence for sentence in experiments.lead)


def test_a_teachers_own_layout_is_followed(run: RunFolder, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(
        "title: {en: Homework 7}\nauthor: A. Student\nsections:\n"
        "  - {id: lora, title: {en: Low rank}, points: 12}\n"
        "  - {id: answers, title: {en: Answers}, show: false}\n"
        "  - {id: reflection, title: {en: What we learned}, points: 3, notes: true}\n"
        "  - {id: references, title: {en: Sources}}\n",
        encoding="utf-8",
    )
    (run.path / "notes" / "reflection.md").write_text("We learned *much*.", encoding="utf-8")
    try:
        report = build_assignment(read_run(run), "en", [tmp_path])
        assert [(it.number, it.id, it.title, it.points) for it in report.sections] == [
            (1, "lora", "Low rank", "12\u00a0%"),
            (2, "reflection", "What we learned", "3\u00a0%"),
            (3, "references", "Sources", None),
        ]
        shutil.copy(shipped("reports/templates") / "assignment.html.j2", tmp_path)
        (path,) = render_report(read_run(run), "assignment", "en", ["html"], [tmp_path])
        shown = path.read_text(encoding="utf-8")
        assert "Homework 7" in shown and "A. Student" in shown and "We learned <em>much</em>." in shown
    finally:
        (run.path / "notes" / "reflection.md").unlink()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sections: [", "is not valid YAML"),
        ("title: {en: x}\nsections: []", "sections: "),
        ("title: {en: x}\nsections: [{id: lora, title: {en: L}, points: much}]", "sections.1 (lora).points: "),
        ("title: {en: x}\nsections: [{id: lorra, title: {en: L}}]", "no section 'lorra' is known. Known: methods"),
        ("title: {en: x}\nsections: [{id: lora, title: {en: L}}, {id: lora, title: {en: L}}]", "stands there twice"),
        ("title: {en: x}\nsections: [{id: lora, title: {}}]", "has no title"),
        ("- a list", "the file: "),
    ],
)
def test_a_broken_layout_is_refused_in_one_line(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(text, encoding="utf-8")
    with pytest.raises(HarnessError) as refused:
        read_layout([tmp_path])
    assert said in str(refused.value)
    assert str(tmp_path / FILE) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_hostile_answers_stay_text_and_on_the_page(tmp_path: Path) -> None:
    run = make_run(tmp_path / "hostile", questions=len(HOSTILE), benchmarks=False, curves=False)
    replace_texts(run, {("dpo", str(n)): text for n, text in enumerate(HOSTILE, start=1)})
    (run.path / "notes").mkdir()
    (run.path / "notes" / "methods.md").write_text("\n\n".join(HOSTILE[:8]), encoding="utf-8")
    paths = render_report(read_run(run), "assignment")
    tags = Page(paths[0].read_text(encoding="utf-8")).tags
    assert not {tag for tag, _ in tags} & {"img", "link", "iframe", "object"}
    assert [tag for tag, _ in tags].count("script") == 2
    assert not [name for _, attributes in tags for name in attributes if name.startswith("on")]
    assert 3 <= len(PdfReader(paths[1]).pages) <= 60


def test_a_thousand_questions_are_capped_and_it_says_so(tmp_path: Path) -> None:
    run = make_run(tmp_path / "many", questions=1000, benchmarks=False, curves=False)
    before = next(it for it in build_assignment(read_run(run)).sections if it.id == "answers").before
    assert before is not None
    assert (len(before.asked), len(before.printed)) == (60, 2)
    assert "The first 60 of 1,000 questions" in before.asked_note
    assert "Printed are the 3 of 1,000 questions" in before.printed_note
    assert "The first 60 of 1,000 questions" in before.lengths_note
    total = sum(value for name, value in run_words(run).items())
    assert numerals.number(total) in before.lengths[0].foot[0]


def run_words(run: RunFolder) -> dict[str, float]:
    return {
        score.question_id: score.value
        for score in read_run(run).scores
        if (score.variant, score.metric) == ("base", "words") and score.value is not None
    }


def test_a_parameter_count_is_r_times_the_sum_of_both_sides() -> None:
    config = {"base_model_name_or_path": "unsloth/mistral-7b-v0.3-bnb-4bit", "r": 4}
    # 4 × (4096 + 4096) and 4 × (1024 + 4096), in each of 32 layers.
    assert count_parameters({**config, "target_modules": ["q_proj", "v_proj"]}) == 32 * (32_768 + 20_480)
    assert count_parameters({**config, "target_modules": ["lm_head"]}) is None
    assert count_parameters({**config, "base_model_name_or_path": "other", "target_modules": ["q_proj"]}) is None
    sizes = {"paged_adamw_8bit": 1000, "adamw_torch_fused": 1600, None: 1600, "adamw_torch_4bit": None, "sgd": None}
    assert {name: state_bytes(100, name) for name in sizes} == sizes


def test_formulas_are_paths_with_words_beside_them() -> None:
    drawn = formula(r"\frac{\alpha}{r}BA", 'alpha over r "times" B A')
    assert "<path" in drawn and "<text" not in drawn
    assert 'aria-label="alpha over r &#34;times&#34; B A"' in drawn
    assert rich("a < $x$ [[hu]] `b`", {"hu": 3}).startswith("a &lt; <svg")
    assert '<a class="cite" href="#ref-hu">[3]</a> <code>b</code>' in rich("$x$ [[hu]] `b`", {"hu": 3})


@pytest.mark.parametrize(
    ("tex", "lines"),
    [
        (r"a=b", [r"a=b"]),
        (r"x+" * 40 + "x", None),
        (r"L=-\,\mathbb{E}_{(x,y_w,y_l)\sim D}\left[\log\sigma\left(\beta\log\frac{\pi(y_w\mid x)}{p(y_w\mid x)}"
         r"-\beta\log\frac{\pi(y_l\mid x)}{p(y_l\mid x)}\right)\right]", None),
        (r"h=W_0\,x+\frac{\alpha}{r}\,B\,A\,x,\qquad W_0\in\mathbb{R}^{d\times k},"
         r"\;B\in\mathbb{R}^{d\times r},\quad r\ll d", None),
    ],
)  # fmt: skip
def test_a_formula_wider_than_a_telephone_is_broken_before_its_signs(tex: str, lines: list[str] | None) -> None:
    found = formulas.broken(tex)
    assert lines is None or found == lines
    for line in found:
        # What has no place to break at may be a little wider, and is drawn a little smaller.
        assert formulas._drawn(line, False)[1] <= 288
        assert line.count("{") == line.count("}") and line.count(r"\left") == line.count(r"\right")
    same = re.compile(r"\\(?:q?quad|left|right|Big|[,;!])|\s")
    assert same.sub("", "".join(found)) == same.sub("", tex)
    drawn = formula(tex, "said once")
    assert (drawn.count("math narrow"), drawn.count('aria-label="said once"')) == ((0, 1) if lines else (1, 2))


def test_notes_hold_no_html_and_no_link_that_runs() -> None:
    shown = markdown("<b>x</b> [y](javascript:alert(1)) [z](file:///etc/passwd)\n\n| a |\n|---|\n| 模型 |\n")
    assert "<b>" not in shown
    assert "javascript:" not in re.findall(r'href="([^"]*)"', shown)
    assert not re.findall(r'href="(?:javascript|file)', shown)
    assert "<table>" in shown


def test_two_trainings_of_one_name_are_told_apart_by_their_weights(tmp_path: Path) -> None:
    run = certified(make_run(tmp_path / "runs/eval/main", ("base", "dpo"), 3), certificate("dpo", "dpo"))
    again = {**certificate("dpo", "dpo", r=8), "adapter_digest": "other"}
    write_json(tmp_path / "runs/train/dpo/certificate.json", again)
    _, others = find_trainings(read_run(run))
    assert [(it.name, it.settings["r"]) for it in others] == [("dpo", 8)]
    assert isinstance(others[0], Trained)
