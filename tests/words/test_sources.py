"""No sentence speaks of a method in general without its source; what names one besides is a label, or of this run."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.report import gather, render_report
from harness.report.assignment.curves import curves
from harness.report.assignment.theory import NUMBERS, comparison, methods, references
from harness.store import read_run
from harness.words import words
from harness.words.catalogue import _CATALOGUES, catalogue_file
from harness.words.po_file import read_catalogue
from tests.conftest import ROOT
from tests.support.report_fixture import make_run

LANGUAGES = sorted(path.stem for path in _CATALOGUES.glob("*.po"))
METHOD = re.compile(r"(?<![A-Za-z])(?:Q?LoRA|DPO|ORPO)(?![A-Za-z])")
SOURCE = re.compile(r"\[\[(\w+)\]\]|arXiv:\d{4}\.\d{5}")
OF_METHODS = re.compile(
    r"assignment\.(methods\.(data|(dpo|orpo)\.\w+)|comparison\.(lead|caption|\w+\.(dpo|orpo))"
    r"|lora\.(idea|parts|count|memory|qlora)|curves\.scales)|training\.lead|audit\.rewards_not_comparable"
)
"""Keys of what is true of a method, whoever trained it: each says where that stands."""
NAMES = re.compile(
    r"assignment\.(methods\.(dpo|orpo)|formula\.\d|experiments\.\w+|lora\.(row|experiment)\S*)|sweep\.setting\.\w+\S*|assignment\.title|section\.\w+"
)
"""Keys of labels: a heading, what a formula is read out as, a setting."""
OF_THIS_RUN = {
    "training.rank", "training.rewards_apart", "assignment.curves.parts", "audit.dropout_off", "audit.dropout_unproven",
    "assignment.sweep.dropout", "assignment.recorded.dropout", "lesson.comparison.no_pair", "lesson.comparison.scope",
    "lesson.lora.dropouts",
}  # fmt: skip
"""Keys of sentences on one training, or on what TRL's code did in it."""


def sentences(lang: str) -> Iterator[tuple[str, str]]:
    for key, texts in read_catalogue(catalogue_file(lang), None)[1].items():
        yield from ((key, text) for text in texts)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_whatever_is_said_of_a_method_names_its_source(lang: str) -> None:
    said = {key: text for key, text in sentences(lang) if OF_METHODS.fullmatch(key)}
    assert len(said) > 35
    assert not {key: text for key, text in said.items() if not SOURCE.search(text)}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_sentence_that_names_a_method_is_sourced_or_a_label_or_of_this_run(lang: str) -> None:
    named = {key: text for key, text in sentences(lang) if METHOD.search(text)}
    others = {key: text for key, text in named.items() if not SOURCE.search(text)}
    assert not {key: text for key, text in others.items() if not NAMES.fullmatch(key) and key not in OF_THIS_RUN}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_source_that_a_sentence_names_is_in_the_list(lang: str) -> None:
    cited = {found[1] for _, text in sentences(lang) for found in SOURCE.finditer(text) if found[1]}
    assert cited == set(NUMBERS)


@pytest.mark.parametrize("room", ["report", "audit", "charts", "gate", "comparing", "curves", "cli", "watch"])
def test_no_sentence_on_a_method_is_written_outside_the_catalogue(room: str) -> None:
    found = []
    for path in (ROOT / "harness" / room).rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        texts = {
            id(it): it.value for it in ast.walk(tree) if isinstance(it, ast.Constant) and isinstance(it.value, str)
        }
        # A title of the literature stands there as it was published.
        said = [text for key, text in texts.items() if key not in told and path.name != "theory.py"]
        found += [(path.name, text) for text in said if METHOD.search(text) and len(METHOD.sub("", text).split()) > 3]
    assert not found


def test_no_template_says_anything_of_a_method_but_in_its_titles() -> None:
    for path in (ROOT / "reports" / "templates").glob("*.j2"):
        # "A LoRA adapter of …" is what a model card calls its adapter.
        assert not re.search(r"\b(?:DPO|ORPO)\b", path.read_text(encoding="utf-8")), path.name


@pytest.mark.parametrize("lang", ["en", "zh-TW"])
def test_the_report_shows_each_source_by_its_number_and_links_to_it(
    lang: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run = make_run(tmp_path / "run", questions=3)
    material = gather(read_run(run), words(lang))
    theory, table = methods(material), comparison(material)
    cells = [str(cell) for row in table.grids[0].rows for cell in row[1:]]
    blocks = [str(block.text) for block in (*theory.blocks, *table.blocks) if block.text]
    leads = [str(it) for it in curves(material).lead]
    assert leads and all('<a class="cite" href="#ref-' in text for text in (*cells, *blocks, *leads))
    (path,) = render_report(read_run(run), "assignment", lang, ["html"])
    page = path.read_text(encoding="utf-8")
    linked = set(re.findall(r'href="#ref-(\w+)"', page))
    assert linked == set(re.findall(r'id="ref-(\w+)"', page)) == set(NUMBERS)


def test_every_reference_has_an_address_of_its_archive() -> None:
    found = {it.key: it.url for it in references()}
    assert len(set(found.values())) == len(found) == len(NUMBERS)
    archives = r"https://(arxiv\.org/abs/\d{4}\.\d{5}|doi\.org/10\.\d+/\d+|github\.com/huggingface/trl)"
    assert all(re.fullmatch(archives, url) for url in found.values())
    assert found["bradley"] == "https://doi.org/10.2307/2334029"


def test_a_source_in_a_caption_does_not_break_what_a_table_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (path,) = render_report(read_run(make_run(tmp_path / "run", questions=3)), "assignment", "en", ["html"])
    labels = re.findall(r'aria-label="([^"]*)"', path.read_text(encoding="utf-8"))
    assert any(label.startswith("DPO measures against") and label.endswith("[2]") for label in labels)
    assert not [label for label in labels if "<" in label or "&lt;a" in label]
