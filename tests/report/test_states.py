"""A report for each state of the world: whatever a run has or lacks, its page and its PDF are whole."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from harness.asking import import_answers
from harness.config import Config
from harness.machine import missing_glyphs
from harness.records import Response
from harness.report import render_report
from harness.report.rendering import _warn_of_unknown_letters
from harness.score import score_run
from harness.store import RunFolder, read_json, read_run, write_json
from harness.words import words
from tests.support.report_fixture import make_run

_LONG_NAME = "第二個以直接偏好最佳化微調的模型，名字很長很長"
_NEWER = {
    "metrics": ("clusters", "spread"),
    "comparisons": ("margin", "unpaired", "effect", "p_bh", "family", "noise", "gained_ids", "lost_ids"),
}
# What stands where nobody filled something in.
_UNFILLED = re.compile(
    r"\bNone\b(?! of)|\b[Nn]a[Nn]\b|\bundefined\b|\binf\b|\{[a-z_.]*\}|%\(\w+\)s|\[object|<[a-z]+ object"
)


def made(**settings: Any) -> Callable[[Path], RunFolder]:
    return lambda folder: make_run(folder / "run", **{"names": ("base", "dpo", "orpo"), "questions": 6, **settings})


def imported(
    folder: Path, answers: tuple[str, ...] = ("It is 4.", "5", "four"), names: tuple[str, ...] = ("base", "dpo")
) -> RunFolder:
    """A run that went the whole way of `harness import`."""
    suite = folder / "tasks" / "sums"
    suite.mkdir(parents=True)
    (suite / "suite.yaml").write_text("title: Sums\n")
    rows = [
        {"id": str(n), "question": f"What is {n} and {n}?", "answer": str(2 * n)} for n in range(1, len(answers) + 1)
    ]
    (suite / "questions.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    file = folder / "answers.jsonl"
    file.write_text("".join(json.dumps({"id": str(n), "response": it}) + "\n" for n, it in enumerate(answers, start=1)))
    run = RunFolder(folder / "run")
    import_answers(run, Config(), str(suite), dict.fromkeys(names, file), {}, "harness import")
    score_run(read_run(run))
    return run


def empty_answers(folder: Path) -> RunFolder:
    return imported(folder, ("", "", " \n"))


def failed_generations(folder: Path) -> RunFolder:
    run = imported(folder)
    lost = [row for row in read_run(run).responses.values() if row.variant == "dpo"]
    run.append_responses(Response(**{**asdict(row), "text": "", "error": "CUDA out of memory"}) for row in lost)
    score_run(read_run(run))
    return run


def several_samples(folder: Path) -> RunFolder:
    run = imported(folder)
    first = list(read_run(run).responses.values())
    for sample in (1, 2):
        run.append_responses(Response(**{**asdict(row), "text": f"{sample + 3}", "sample": sample}) for row in first)
    manifest = read_run(run).manifest
    run.write_manifest(replace(manifest, generation=replace(manifest.generation, samples=3)))
    score_run(read_run(run))
    return run


def noise_floor(folder: Path) -> RunFolder:
    run = imported(folder)
    again = [Response(**{**asdict(row), "text": row.text + " 4"}) for row in read_run(run).responses.values()]
    run.append_responses(again, again=True)
    run.write_manifest(replace(read_run(run).manifest, noise_floor=True))
    assert score_run(read_run(run)).noise
    return run


def old_summary(folder: Path) -> RunFolder:
    """As a harness wrote it before there were clusters, samples, effect sizes and a noise floor."""
    run = made()(folder)
    path = run.path / "summary.json"
    row = json.loads(path.read_text())
    row.pop("noise")
    cells = [cell for metrics in row["metrics"].values() for cell in metrics.values()]
    for kind, rows in (("metrics", cells), ("comparisons", row["comparisons"])):
        for one in rows:
            for key in _NEWER[kind]:
                one.pop(key, None)
    write_json(path, row)
    for name in ("responses.jsonl", "scores.jsonl"):
        lines = [json.loads(line) for line in (run.path / name).read_text().splitlines()]
        old = ({key: value for key, value in line.items() if key != "sample"} for line in lines)
        (run.path / name).write_text("".join(json.dumps(line) + "\n" for line in old))
    kept = ("format_version", "run", "created", "base", "variants", "prompt", "suite", "generation")
    manifest = read_json(run.path / "manifest.json")
    write_json(run.path / "manifest.json", {key: value for key, value in manifest.items() if key in kept})
    return run


STATES: dict[str, Callable[[Path], RunFolder]] = {
    "everything": made(),
    "one variant": made(names=("base",)),
    "one recorded variant": lambda folder: imported(folder, names=("gpt-4o",)),
    "no curves": made(curves=False),
    "no benchmarks": made(benchmarks=False),
    "everything unjudged": made(judged=False),
    "one question": made(questions=1),
    "one question, one variant": lambda folder: imported(folder, ("4",), ("base",)),
    "12 variants": made(names=("base", *(f"lr-{n}e-6" for n in range(1, 12)))),
    "names in Chinese": made(names=("基礎模型", "偏好微調", _LONG_NAME)),
    "recorded elsewhere": made(recorded=True, curves=False, benchmarks=False),
    "empty answers": empty_answers,
    "failed generations": failed_generations,
    "several samples": several_samples,
    "noise floor": noise_floor,
    "an old summary": old_summary,
}


@pytest.fixture(scope="module", params=STATES)
def report(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Path, Path]]:
    """(state, page, PDF)."""
    run = STATES[request.param](tmp_path_factory.mktemp("state"))
    html, pdf = render_report(read_run(run))
    yield request.param, html, pdf


def parsed(html: Path) -> Any:
    """The page as an HTML5 parser reads it; what the standard calls an error fails."""
    # It comes with WeasyPrint.
    parser = pytest.importorskip("tinyhtml5.parser").HTMLParser(namespace_html_elements=False)
    tree = parser.parse(html.read_text(encoding="utf-8"))
    assert not parser.errors, parser.errors[:5]
    return tree


def text_of(tree: Any) -> str:
    """What a reader sees, and what a screen reader says."""
    for element in list(tree.iter()):
        if element.tag in ("script", "style") or str(element.tag).endswith("}style"):
            element.clear()
    spoken = (
        element.get(name, "") for element in tree.iter() for name in ("aria-label", "title", "alt", "placeholder")
    )
    return " ".join([*tree.itertext(), *spoken])


def test_the_page_is_html_and_its_links_resolve(report: tuple[str, Path, Path]) -> None:
    tree = parsed(report[1])
    sections = {"verdict", "changes", "spread", "answers", "training", "audit", "provenance"}
    assert sections <= {element.get("id") for element in tree.iter()}
    ids = [element.get("id") for element in tree.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    for element in tree.iter():
        if (element.get("href") or "").startswith("#"):
            assert element.get("href")[1:] in {*ids, ""}
        for name in ("aria-labelledby", "aria-describedby", "aria-controls", "for", "headers"):
            assert set((element.get(name) or "").split()) <= set(ids)


def test_the_page_has_no_gap_where_a_word_should_be(report: tuple[str, Path, Path]) -> None:
    text = text_of(parsed(report[1]))
    assert len(text) > 500
    found = _UNFILLED.search(text)
    assert not found, text[max(0, found.start() - 80) : found.end() + 40]


def test_the_pdf_is_sound_and_its_fonts_are_in_it(report: tuple[str, Path, Path]) -> None:
    pdf = PdfReader(report[2])
    text = " ".join(page.extract_text() for page in pdf.pages)
    assert 2 <= len(pdf.pages) < 80 and not _UNFILLED.search(text)
    if shutil.which("qpdf"):
        checked = subprocess.run(["qpdf", "--check", report[2]], capture_output=True, text=True)
        assert checked.returncode == 0, checked.stdout + checked.stderr
    if shutil.which("pdffonts"):
        listed = subprocess.run(["pdffonts", report[2]], capture_output=True, text=True, check=True).stdout
        rows = [line.split() for line in listed.splitlines()[2:]]
        # name, type, encoding, then emb sub uni and the object's two numbers, from the right.
        assert rows and all(row[-5] == "yes" for row in rows)


@pytest.mark.parametrize("state", STATES)
def test_the_assignment_is_whole_in_every_state(state: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (page,) = render_report(read_run(STATES[state](tmp_path)), "assignment", "zh-TW", ["html"])
    found = _UNFILLED.search(text_of(parsed(page)))
    assert page.name == "assignment.zh-TW.html" and not found, found


def test_signs_without_a_font_are_named_with_their_package_in_one_line(caplog: pytest.LogCaptureFixture) -> None:
    rare = "\U00012000"
    if not missing_glyphs([rare]):
        pytest.skip("a font of this machine draws Cuneiform")
    assert missing_glyphs([f"a{rare}\ufe0f"]) == {"apt-get install fonts-noto-core fonts-noto-extra": [rare]}
    _warn_of_unknown_letters(f"<p>{rare}</p>", words("en"))
    (line,) = caplog.messages
    assert rare in line and "apt-get install fonts-noto-core" in line and "\n" not in line
    caplog.clear()
    _warn_of_unknown_letters("<p>plain</p>", words("en"))
    assert not caplog.messages
