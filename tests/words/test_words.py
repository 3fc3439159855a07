"""Both languages say the same things, of the same figures, and zh-TW is set as it is printed in Taiwan."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from string import Formatter

import pytest

from harness.audit import sentence
from harness.audit.words import warning
from harness.errors import HarnessError
from harness.records import Caveat, Verdict
from harness.report import Numbers, gather
from harness.report.summary import build_report
from harness.report.summary.facts import facts
from harness.report.summary.view import Report
from harness.scorers import METRICS
from harness.store import RunFolder, read_run
from harness.words import words
from harness.words.catalogue import catalogue_file
from harness.words.po_file import read_catalogue
from tests.conftest import ROOT
from tests.support.report_fixture import make_run
from tests.support.verdict_runs import blind, missing, noisy

HAN = r"[\u3400-\u9fff\uf900-\ufaff]"
WIDE = "，。；：、！？（）「」『』“”‘’"
LANGUAGES = ("en", "zh_CN", "zh_TW")
VERDICTS: tuple[Verdict, ...] = ("improved", "regressed", "shifted", "unchanged", "undecided")
KINDS = ("count", "rate", "mean", "length", "task_rate", "task_mean")
# What the harness itself fills in with words of the same language, so that no space belongs beside it.
OF_WORDS = {
    "verdict", "verdicts", "shorter", "quantity", "label", "title", "captions", "what", "first", "second", "items",
    "clauses", "lines", "margin", "mde", "seeds", "anchor", "findings",
}  # fmt: skip
CLAUSES = {"median", "cut", "evaluation", "already", "anchored"}
"""Filled in with their own comma before them, or not at all."""


def messages(lang: str) -> dict[str, tuple[str, ...]]:
    return read_catalogue(catalogue_file(lang), None)[1]


def placeholders(text: str) -> set[str]:
    return {f"{field}:{spec}" for _, field, spec, _ in Formatter().parse(text) if field is not None}


def filled(text: str) -> str:
    """The sentence as a reader meets it: a figure at each placeholder that stands for a name or a number."""
    shown: dict[str | None, str] = {None: "", **dict.fromkeys(OF_WORDS, "字"), **dict.fromkeys(CLAUSES, "")}
    return "".join(before + shown.get(field, "7") for before, field, *_ in Formatter().parse(text))


def chinese() -> Iterator[tuple[str, str]]:
    for name in ("zh_TW", "zh_CN"):
        for key, texts in messages(name).items():
            for text in texts:
                yield key, text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_sentence_stands_in_every_language_and_is_made_of_the_same_figures(lang: str) -> None:
    english, translated = messages("en"), messages(lang)
    assert english.keys() == translated.keys()
    for key, texts in english.items():
        assert placeholders(texts[-1]) == placeholders(translated[key][-1]), key
        # "1 question" may leave its figure out; what else stands in a form stands in all.
        assert all(placeholders(text) | {"n:"} == placeholders(texts[-1]) | {"n:"} for text in texts), key


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_key_stands_twice_in_a_catalogue(lang: str) -> None:
    keys = re.findall(r'^msgid "(.+)"$', catalogue_file(lang).read_text(encoding="utf-8"), re.MULTILINE)
    assert keys and len(keys) == len(set(keys))


def test_chinese_has_full_width_punctuation_behind_a_han_character() -> None:
    assert not [text for _, text in chinese() if re.search(rf"{HAN}\s?[,.;:!?]", filled(text))]


def test_chinese_has_a_space_between_han_and_latin_or_figures_and_none_beside_wide_punctuation() -> None:
    touching = rf"{HAN}[A-Za-z0-9%±β]|[A-Za-z0-9%β]{HAN}"
    assert not [text for _, text in chinese() if re.search(touching, filled(text))]
    assert not [text for _, text in chinese() if re.search(rf"[{WIDE}] | [{WIDE}]", filled(text))]
    assert not [text for _, text in chinese() if re.search(r"\d [%]|  ", filled(text))]


def held_by(codec: str, text: str) -> bool:
    return text == text.encode(codec, "ignore").decode(codec)


def test_each_chinese_is_written_in_its_own_characters() -> None:
    # Big5 has the characters of Taiwan, GB 2312 those of the Mainland, and neither has what only the other one writes.
    for name, codec in (("zh_TW", "big5"), ("zh_CN", "gb2312")):
        sentences = [text for texts in messages(name).values() for text in texts]
        assert not [text for text in sentences if not held_by(codec, "".join(re.findall(HAN, text)))]
    assert held_by("big5", "學習") and not held_by("big5", "学习") and not held_by("gb2312", "學習")


def test_every_verdict_has_a_sentence_for_every_kind_of_measure() -> None:
    for lang in LANGUAGES:
        say = words(lang)
        for kind in KINDS:
            for verdict in VERDICTS:
                text = say.get(f"fact.{kind}.{verdict}", "")
                said = placeholders(text)
                assert {"before:", "after:", "delta:", "low:", "high:"} <= said, (lang, kind, verdict)
                assert ("margin:" in said) == (verdict == "unchanged")


def test_every_metric_has_a_title_and_english_calls_it_what_the_commands_call_it() -> None:
    english, translated = words("en"), words("zh-TW")
    for metric in METRICS.values():
        assert english(f"metric.{metric.name}") == metric.title
        assert translated(f"metric.{metric.name}")


@pytest.mark.parametrize("lang", ["zh-TW", "zh_TW", "zh-tw", "ZH_tw"])
def test_a_language_is_known_however_it_is_written(lang: str) -> None:
    assert words(lang).lang == "zh-TW"
    assert words(lang)("title.verdict") == "結論"


def test_an_unknown_language_is_refused_with_the_known_ones() -> None:
    with pytest.raises(HarnessError, match=r"No reports in 'de' yet\. Known: en, .*zh-TW\. Next: --lang en"):
        words("de")


def test_things_are_counted_in_the_plural_form_of_the_language() -> None:
    english, translated = words("en"), words("zh-TW")
    assert [english.counted("report.question", n, str(n)) for n in (0, 1, 2)] == [
        "0 questions", "1 question", "2 questions",
    ]  # fmt: skip
    assert translated.counted("report.question", 1, "1") == "1 題"


def test_percentages_and_lists_are_set_as_each_language_sets_them() -> None:
    english, translated = words("en"), words("zh-TW")
    assert (english.percent(0.861), translated.percent(0.861)) == ("86.1\u00a0%", "86.1%")
    assert english.percent(None) == translated.percent(None) == "–"
    assert (english.listed(["a", "b"]), translated.listed(["a", "b"])) == ("a, b", "a、b")
    assert (english.text(["A.", "", "B."]), translated.text(["甲。", "", "乙。"])) == ("A. B.", "甲。乙。")


def test_every_key_that_the_code_and_the_templates_ask_for_is_there() -> None:
    say = words("en")
    sources = [*(ROOT / "harness").rglob("*.py"), *(ROOT / "reports/templates").glob("*.j2")]
    asked = {
        key
        for path in sources
        for key in re.findall(r'\bsay(?:\.counted)?\(\s*"([a-z_.]*[a-z_])"', path.read_text(encoding="utf-8"))
    }
    assert asked and not [key for key in asked if not say.get(key, "")]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_code_of_the_audit_has_its_sentence(lang: str) -> None:
    codes = set()
    for path in (ROOT / "harness" / "audit").glob("*.py"):
        codes |= set(re.findall(r'(?:\bwarning|Trait)\(\s*"([a-z_]+)"', path.read_text(encoding="utf-8")))
    said = {key.split(".")[1] for key in messages(lang) if key.startswith("audit.")}
    said -= {"trained", "lead", "clean", "variants"}
    assert codes == said


def test_a_warning_without_its_values_is_shown_as_it_was_written() -> None:
    old = Caveat("answers_cut", "Answers were cut at the token limit (dpo 10%): their length is at least this.")
    assert sentence(old, words("zh-TW")) == old.message
    strange = Caveat("nobody_knows_it", "Strange.", (), {"n": 3})
    assert sentence(strange, words("zh-TW")) == "Strange."
    torn = replace(warning("answers_cut", ("dpo",), "said", shares={"dpo": 0.1}), values={"case": "said", "shares": 3})
    assert sentence(torn, words("zh-TW")) == torn.message


def test_a_warning_is_said_in_the_language_of_the_report(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", questions=3, benchmarks=False, curves=False)
    found = warning("answers_cut", ("dpo", "orpo"), "said", shares={"dpo": 0.1, "orpo": 0.999})
    run.write_summary(replace(read_run(run).summary, warnings=(found,)))
    assert read_run(run).summary.warnings == (found,)
    assert build_report(read_run(run), "en").audit[0].message == found.message
    told = build_report(read_run(run), "zh-TW").audit[0]
    assert told.message == "有回答因達 token 上限而截斷（dpo 10%、orpo >99%）：其實際長度只會更長。"
    assert told.variants == "涉及：dpo、orpo"


def test_a_summary_written_before_warnings_had_values_is_still_read(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", questions=1, benchmarks=False, curves=False)
    row = json.loads((run.path / "summary.json").read_text(encoding="utf-8"))
    for old in row["warnings"]:
        del old["values"]
    (run.path / "summary.json").write_text(json.dumps(row), encoding="utf-8")
    assert read_run(run).summary.warnings and all(found.values == {} for found in read_run(run).summary.warnings)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    return make_run(tmp_path_factory.mktemp("words") / "run", questions=40)


def texts(report: Report) -> Iterator[str]:
    """Every sentence and label of a report that the harness wrote."""
    yield from (*report.subtitle, report.created or "", report.verdict.lead, report.verdict.findings)
    yield from (report.verdict.title, report.verdict.note, report.verdict.meaning or "", report.verdict.shortfall or "")
    for card in report.verdict.cards:
        yield card.training
        for fact in (*card.facts, *card.exploratory):
            yield from (fact.text, fact.certainty or "", fact.judged.word if fact.judged else "")
    for table in report.verdict.tables:
        for group in table.groups:
            yield from (group.title, group.part or "")
            for row in group.rows:
                yield from (row.title, row.note or "")
                yield from (part for cell in row.cells for part in (cell.difference, *cell.notes))
    for panel in report.changes.panels:
        yield from (panel.title, *panel.notes, *(part for row in panel.rows for part in (row.part or "", row.n)))
        yield from (line.chart.label for row in panel.rows for line in row.lines if line.chart)
    yield from report.changes.captions
    for figure in report.spread:
        yield from (figure.title, figure.chart.label, *figure.captions)
    yield from (report.answers.lead, report.answers.print_note)
    yield from (report.training.lead or "", report.training.reading, report.training.without or "")
    for grid in report.training.grids:
        for multiple in grid.rows:
            yield from (multiple.title, multiple.finding, *(source.text for source in multiple.sources))
            yield from (chart.label for chart in multiple.charts if chart)
    yield from (source.what for source in report.sources)


def test_a_chinese_report_is_chinese_throughout_and_set_right(run: RunFolder, tmp_path: Path) -> None:
    runs = [read_run(run), blind(tmp_path / "blind"), missing(tmp_path / "missing"), noisy(tmp_path / "noisy")]
    found = [text for one in runs for text in texts(build_report(one, "zh-TW")) if text]
    assert len(found) > 400
    for text in found:
        assert not re.search(rf"{HAN}\s?[,.;:]|{HAN}[A-Za-z0-9%]|[A-Za-z0-9%]{HAN}", text), text
        assert "\u00a0%" not in text and not re.search(rf"{HAN} {HAN}", text), text
        # Names of models, tasks and methods stay; English words of a sentence do not.
        assert not re.search(r"\b(the|of|and|with|to|points|words|shown|no)\b", text), text


@pytest.mark.parametrize("lang", ["en", "zh-TW"])
@pytest.mark.parametrize("verdict", VERDICTS)
def test_every_verdict_is_said_with_its_effect_interval_and_what_could_have_been_shown(
    lang: str, verdict: Verdict, run: RunFolder
) -> None:
    say = words(lang)
    whole = gather(read_run(run), say)
    # A sample that would show as little as the margin decides something, whatever the verdict is.
    rows = tuple(replace(row, verdict=verdict, margin=0.03, mde=0.03) for row in whole.summary.comparisons)
    material = replace(whole, numbers=Numbers(replace(whole.summary, comparisons=rows)))
    said = [fact for fact in facts(material, whole.tuned[0])[0] if fact.text]
    assert len(said) >= 4
    for fact in said:
        assert fact.judged and fact.judged.word == say(f"verdict.{verdict}")
        assert re.search(rf"[+−]?[\d.,]+ {say('span', low='', high='').strip()} [+−]?[\d.,]+", fact.text), fact.text
        assert (fact.certainty is not None) == (verdict == "undecided")
    margins = [size for size in ("3 ", "0.03 ", "3.0 ") if size in said[0].text]
    assert verdict != "unchanged" or margins, said[0].text


def test_a_difference_without_an_interval_says_so(run: RunFolder) -> None:
    for lang in ("en", "zh-TW"):
        whole = gather(read_run(run), words(lang))
        rows = tuple(replace(row, low=None, high=None, n=1) for row in whole.summary.comparisons)
        material = replace(whole, numbers=Numbers(replace(whole.summary, comparisons=rows)))
        first = facts(material, whole.tuned[0])[0][0].text
        assert ("no interval from n = 1" if lang == "en" else "無法計算信賴區間") in first


def test_an_english_report_says_what_each_card_rests_on(run: RunFolder) -> None:
    shown = build_report(read_run(run), "en")
    for card in shown.verdict.cards[1:]:
        method = card.facts[-1].certainty or ""
        assert re.match(r"Paired by question \(n = \d+(–\d+)?\): McNemar's exact test", method), method
        assert "this checkpoint" in method
    for card in shown.verdict.cards:
        for fact in card.facts:
            if fact.judged and fact.judged.verdict == "undecided":
                assert fact.certainty, fact.text


def test_no_sentence_speaks_for_the_method_or_praises_without_a_figure() -> None:
    say = words("en")
    every = {key: say.get(key, "") for key in messages("en")}
    praise = (
        r"\b(significant(ly)?|great(ly)?|(?<!as )much|strong(ly)?|slightly|clearly|dramatic(ally)?|huge|impressive)\b"
    )
    # What an answer chose beyond its key: "B too much".
    every = {key: text for key, text in every.items() if not key.startswith("note.")}
    assert every and not [key for key, text in every.items() if re.search(praise, text)]
