"""A language is one .po file: shipped, beside the templates, or anywhere; its faults are said with their line."""

from __future__ import annotations

import logging
import re
from pathlib import Path

import pytest

from harness.cli.main import app
from harness.errors import HarnessError
from harness.report import render_report
from harness.report.assignment.layout import in_language
from harness.store import read_run
from harness.words import english, words
from tests.support.report_fixture import make_run

ENGLISH = {
    "title.verdict": "Verdict",
    "report.run": "Run {run}",
    "report.question": ("1 question", "{n} questions"),
    "audit.few_questions.rate": ("{n} of ±{half:.0f}", "{n} of ±{half:.0f}"),
}
"""What a file's own messages are checked against; every key of these is one of the shipped English file's."""
PLURALS = {
    "ja": ("nplurals=1; plural=0;", 1),
    "ru": (
        "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);",
        3,
    ),
    "fr": ("nplurals=2; plural=(n > 1);", 2),
    "de": ("nplurals=2; plural=(n != 1);", 2),
    "ar": (
        "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5);",
        6,
    ),
}


def po(path: Path, rows: str, lang: str = "ja", plurals: str | None = None) -> str:
    """Writes the file, and says its path as --lang takes it; the header is 5 lines, the rows begin in the seventh."""
    rule = PLURALS[lang][0] if plurals is None else plurals
    head = f'"Language: {lang}\\n"\n"Content-Type: text/plain; charset=UTF-8\\n"\n"Plural-Forms: {rule}\\n"\n'
    path.write_text(f'msgid ""\nmsgstr ""\n{head}\n{rows}', encoding="utf-8")
    return str(path)


def row(key: str, *texts: str) -> str:
    if len(texts) == 1:
        return f'msgid "{key}"\nmsgstr "{texts[0]}"\n\n'
    forms = "".join(f'msgstr[{n}] "{text}"\n' for n, text in enumerate(texts))
    return f'msgid "{key}"\nmsgid_plural "{key}"\n{forms}\n'


def test_a_file_is_a_language_and_what_it_lacks_is_said_in_english_with_one_line_that_counts(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = po(tmp_path / "ja.po", row("title.verdict", "結論") + row("report.run", ""))
    with caplog.at_level(logging.WARNING, "harness"):
        say = words(path)
        again = words(path)
    assert (say.lang, say.argument, say("title.verdict"), say("report.run", run="r")) == ("ja", path, "結論", "Run r")
    assert again("title.verdict") == "結論" and say.get("no.such", "as it is") == "as it is"
    # In English, one question is one: the plural rule of the language that is spoken.
    assert [say.counted("report.question", n) for n in (1, 2)] == ["1 question", "2 questions"]
    told = [record.getMessage() for record in caplog.records]
    of = len(english())
    assert told == [
        f"ja.po lacks {of - 1:,} of {of:,} messages, which are said in English. To see which: harness translate {path}"
    ]


def test_a_file_beside_the_templates_is_known_by_name_and_comes_before_the_one_that_is_shipped(tmp_path: Path) -> None:
    po(tmp_path / "zh_TW.po", row("title.verdict", "我的結論"), "ja")
    po(tmp_path / "ru.po", row("title.verdict", "Вывод"), "ru")
    assert words("zh-TW", [tmp_path])("title.verdict") == "我的結論"
    assert words("RU", [tmp_path])("title.verdict") == "Вывод"
    assert words("zh-TW")("title.verdict") == "結論"
    with pytest.raises(HarnessError, match=r"Known: en, ru, .*zh-TW\. .*begun with: harness translate ko\.po"):
        words("ko", [tmp_path])


def test_a_file_that_has_changed_is_read_again(tmp_path: Path) -> None:
    path = po(tmp_path / "ja.po", row("title.verdict", "結論"))
    assert words(path)("title.verdict") == "結論"
    Path(path).unlink()
    with pytest.raises(HarnessError, match=r"ja\.po cannot be read: .* Begin it with: harness translate "):
        words(path)
    po(tmp_path / "ja.po", row("title.verdict", "けつろん") + row("report.run", "実行 {run}"))
    assert words(path)("title.verdict") == "けつろん"


@pytest.mark.parametrize("lang", PLURALS)
def test_things_are_counted_by_the_rule_of_the_files_header(lang: str, tmp_path: Path) -> None:
    forms = [f"{n} {{n}}" for n in range(PLURALS[lang][1])]
    path = po(tmp_path / f"{lang}.po", row("report.question", *forms) if len(forms) > 1 else "", lang)
    say = words(path)
    expected = {
        "ja": {1: "1 question", 2: "2 questions"},
        "ru": {1: "0 1", 2: "1 2", 5: "2 5", 11: "2 11", 21: "0 21"},
        "fr": {0: "0 0", 1: "0 1", 2: "1 2"},
        "de": {0: "1 0", 1: "0 1", 2: "1 2"},
        "ar": {0: "0 0", 1: "1 1", 2: "2 2", 3: "3 3", 11: "4 11", 100: "5 100"},
    }[lang]
    assert {n: say.counted("report.question", n) for n in expected} == expected


WRONG = {
    "a placeholder that is none": (
        row("report.run", "実行 {rum}"),
        r"ja\.po:7: report\.run: \{rum\} is no placeholder",
    ),
    "one that is gone": (row("report.run", "実行"), r"ja\.po:7: report\.run: \{run\} is lacking: '実行'"),
    "a brace that never ends": (row("report.run", "実行 {run"), r"ja\.po:7: report\.run: a brace is odd"),
    "a brace that never began": (row("report.run", "実行 {run} }"), r"ja\.po:7: report\.run: a brace is odd"),
    "a place without a name": (
        row("report.run", "実行 {}"),
        r"report\.run: \{\} is no placeholder of it. Known: \{run\}",
    ),
    "a place of a number": (row("report.run", "実行 {0}"), r"report\.run: \{0\} is no placeholder"),
    "a part of a value": (row("report.run", "実行 {run.__class__}"), r"\{run\.__class__\} is no placeholder"),
    "an item of a value": (row("report.run", "実行 {run[0]}"), r"\{run\[0\]\} is no placeholder"),
    "a placeholder where none is": (row("title.verdict", "結論 {n}"), r"title\.verdict: \{n\} is no .* Known: none"),
    "more plural forms than the language has, of a figure": (
        row("audit.few_questions.rate", "{n} ±{half:.2f}", "{n} ±{half:.2f}"),
        r"ja\.po:7: msg has more translations",
    ),
    "a figure in words": (row("audit.few_questions.rate", "{n} ±{half}"), r"\{half\} is no placeholder"),
    "plural forms that the language lacks": (
        row("report.question", "a", "b"),
        r"ja\.po:7: msg has more translations than num_plurals",
    ),
    "a quote that never ends": ('msgid "title.verdict"\nmsgstr "結論\n', r"ja\.po:8: 'msgstr \"結論' is not gettext's"),
    "a quote inside": (row("title.verdict", '結"論'), r"ja\.po:8: .* is not gettext's format"),
    "the second of two": (
        row("title.verdict", "結論") + row("report.run", "{ruń}"),
        r"ja\.po:10: report\.run: \{ruń\} is no placeholder",
    ),
    "what is no line of gettext's": ("結論\n", r"ja\.po:\d+: '結論' is not gettext's format"),
    "a key without its mark": ('msgid title.verdict\nmsgstr "結論"\n', r"ja\.po:\d+: .* is not gettext's format"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_broken_is_refused_with_file_line_and_key(case: str, tmp_path: Path) -> None:
    rows, said = WRONG[case]
    path = po(tmp_path / "ja.po", rows)
    with pytest.raises(HarnessError, match=said):
        words(path)


@pytest.mark.parametrize(
    ("lang", "plurals", "said"),
    [
        ("ja", "nplurals=2; plural=(n != 1);", r"not those of Japanese. Next: Plural-Forms: nplurals=1; plural=0;"),
        ("de", "nplurals=1; plural=0;", r"not those of German. Next: Plural-Forms: nplurals=2; plural=\(n != 1\);"),
        ("ru", "nplurals=2; plural=(n != 1);", r"not those of Russian. Next: Plural-Forms: nplurals=3; "),
        ("de", "nplurals=2; plural=(n > 1);", r"not those of German"),
        ("de", "nplurals=2; plural=(n != 1) * 2;", r"not those of German"),
        ("de", "nplurals=2; plural=open(n);", r"Plural-Forms cannot be read"),
        ("de", "nplurals=INTEGER; plural=EXPRESSION;", r"its header cannot be read"),
    ],
)
def test_a_plural_rule_that_is_not_the_languages_is_refused(lang: str, plurals: str, said: str, tmp_path: Path) -> None:
    path = po(tmp_path / f"{lang}.po", row("title.verdict", "x"), lang, plurals)
    with pytest.raises(HarnessError, match=said):
        words(path)


def test_a_file_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ja.po").write_bytes('msgid "title.verdict"\nmsgstr "結論"\n'.encode("shift_jis"))
    with pytest.raises(HarnessError, match="ja.po is not UTF-8"):
        words(str(tmp_path / "ja.po"))


def test_a_sentence_that_is_marked_fuzzy_is_not_used(tmp_path: Path) -> None:
    path = po(tmp_path / "ja.po", "#, fuzzy\n" + row("title.verdict", "仮"))
    assert words(path)("title.verdict") == "Verdict"


def test_translate_begins_a_file_with_english_beside_each_key_and_completes_what_is_begun(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "ru.po"
    app(["translate", str(path)], standalone_mode=False)
    text, of = path.read_text(encoding="utf-8"), len(english())
    assert f"0 of {of:,} messages are translated; the first to do is report.kind." in capsys.readouterr().out
    assert '"Language: ru\\n"' in text and "Plural-Forms: nplurals=3; " in text
    assert '#. en: 1 question\n#. en: {n} questions\nmsgid "report.question"\n' in text
    assert text.count("\nmsgid ") == of and not re.search(r'msgstr "[^"]', text.split("\n\n", 1)[1])
    begun = text.replace('msgid "title.verdict"\nmsgstr ""', '# Как в журнале.\nmsgid "title.verdict"\nmsgstr "Вывод"')
    # A key that is asked for no more, and one that the file does not have yet.
    begun = begun.replace('msgid "title.changes"', 'msgid "no.longer"\nmsgstr "прочь"\n\nmsgid "title.changed_name"')
    path.write_text(begun, encoding="utf-8")
    app(["translate", str(path)], standalone_mode=False)
    text = path.read_text(encoding="utf-8")
    assert f"1 of {of:,} messages are translated" in capsys.readouterr().out
    assert "Как в журнале." in text and 'msgstr "Вывод"' in text and "прочь" not in text and "changed_name" not in text
    assert '#. en: What changed\nmsgid "title.changes"\nmsgstr ""' in text
    assert words(str(path))("title.verdict") == "Вывод"


def test_translate_refuses_a_name_that_is_no_language(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"'my words' is no language that Unicode's CLDR knows"):
        app(["translate", str(tmp_path / "my words.po")], standalone_mode=False)
    assert not list(tmp_path.iterdir())


def test_a_report_in_a_language_of_ones_own_bears_its_tag_and_its_direction(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", questions=2, benchmarks=False, curves=False)
    for lang, tag in (("ja", '<html lang="ja">'), ("ar", '<html lang="ar" dir="rtl">')):
        path = po(tmp_path / f"{lang}.po", row("title.verdict", "⟦結論⟧"), lang)
        page = render_report(read_run(run), lang=path, formats=["html"])[0].read_text(encoding="utf-8")
        assert tag in page and "⟦結論⟧" in page
        page = render_report(read_run(run), "assignment", path, ["html"])[0].read_text(encoding="utf-8")
        assert tag in page and f"--template assignment --lang {path}" in page


def test_titles_of_the_assignment_come_from_its_file_then_from_the_catalogue(tmp_path: Path) -> None:
    say = words(po(tmp_path / "ja.po", row("section.lora", "LoRA とは")))
    shipped = english()["section.lora"][0]
    assert in_language({"en": shipped, "zh-TW": "…"}, say, "section.lora") == "LoRA とは"
    assert in_language({"en": shipped, "ja": "教師の題"}, say, "section.lora") == "教師の題"
    # A teacher's own title is not what the catalogue translates.
    assert in_language({"en": "My own"}, say, "section.lora") == "My own"
    assert in_language({"zh-TW": "自訂"}, say, "section.own") == "自訂"
