"""What a check prints and leaves behind, table, check.json, check.md, check.xml, with hostile text in all of them."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.gate import check_table, conclusion, escaped, forget_check, write_check
from harness.gate.junit import check_junit
from harness.gate.markdown import check_markdown
from harness.gate.words import line
from harness.records import Check, Finding
from harness.store import RunFolder, read_run
from tests.conftest import run_harness
from tests.support.gate_runs import ALL, but, make_run

_CREATED = "2026-11-23T03:02:03+02:00"
_HOSTILE = "a\x00b]]>&<script>alert(1)</script>|`*_[x](y)_*`\ud800\x1b[31m\uffff\u202e\r\n# head \U0010ffff"
FINDING = Finding(
    baseline="base", variant="dpo", source="suite", metric="correct", better="higher", before=0.9, after=0.7,
    delta=-0.2, low=-0.28, high=-0.12, p=1e-6, p_adjusted=3e-6, test="mcnemar exact", n=100, unpaired=0, margin=0.03,
    mde=0.08, verdict="regressed", gained_ids=("3",), lost_ids=("1", "2"),
)  # fmt: skip
PASSED = replace(FINDING, metric="loop", better="lower", before=0.0, after=0.0, delta=0.0, low=-0.02, high=0.02, p=1.0,
                 p_adjusted=1.0, verdict="passed", gained_ids=(), lost_ids=())  # fmt: skip
UNDECIDED = replace(PASSED, source="skill", metric="acc", better="higher", low=-0.05, high=0.05, verdict="undecided")


def checked(*findings: Finding, **changes: Any) -> Check:
    found = Check(
        run="new", against="old", status="regressed", exit_code=1, pairs=(("base", "dpo"),), findings=findings,
        missing=(), family="3 tests of metrics and tasks, Holm", alpha=0.05, require="no-regression",
    )  # fmt: skip
    return replace(found, **changes)


def parsed(text: str) -> Any:
    """The root of a file that the schema accepts."""
    from lxml import etree  # type: ignore[import-untyped]

    root = etree.fromstring(text.encode("utf-8"))
    etree.XMLSchema(etree.parse(Path(__file__).parents[1] / "support" / "junit.xsd")).assertValid(root)
    return root


# Words.


def test_the_table_has_regressed_rows_first_and_says_what_undecided_could_show() -> None:
    lines = check_table(checked(PASSED, UNDECIDED, FINDING, notes=("a note",))).splitlines()
    assert lines[0] == "new checked against old"
    assert [row.split()[-1] for row in (lines[3], lines[5])] == ["regressed", "passed"]
    assert lines[3].split("  ")[0] == "dpo (was base)" and "90.0 %" in lines[3] and "70.0 %" in lines[3]
    assert "-20.0 pt (-28.0 to -12.0)" in lines[3] and "3 pt" in lines[3] and "mcnemar exact, p <0.0001" in lines[3]
    assert "skill/acc" in lines[4] and lines[4].endswith("undecided; smallest detectable 8 pt")
    assert "note: a note" in lines and lines[-1].startswith("Family: 3 tests of metrics and tasks, Holm, at 0.05")
    assert all(row.isascii() for row in lines)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, "REGRESSED: new is worse than old: dpo correct, -20.0 pt"),
        ({"status": "passed", "exit_code": 0}, "harness baseline set new"),
        ({"status": "undecided", "exit_code": 0, "findings": (UNDECIDED, PASSED)}, "1 of 2 findings could still hide"),
        ({"status": "undecided", "exit_code": 4, "findings": (UNDECIDED,)}, "NOT PROVEN: 1 of 1 finding could hide"),
        ({"status": "incomplete", "exit_code": 3, "missing": ("x",), "findings": ()}, "one thing is missing"),
        ({"status": "incomplete", "exit_code": 3, "missing": ("x", "y")}, "already worse: dpo correct"),
    ],
)
def test_the_last_line_says_the_decision_and_what_to_do(changes: dict[str, Any], says: str) -> None:
    text = conclusion(checked(FINDING, **changes))
    assert says in text and "\n" not in text


def shares(text: str) -> list[str]:
    return re.findall(r"(?<![\d.,])(?:0|100)(?:\.0+)?(?= %| pt| to|\))", text)


@pytest.mark.parametrize("share", [1e-9, 1e-4, 0.0004, 0.9996, 0.99999, 1 - 1e-8])
def test_a_percentage_is_never_rounded_to_0_or_100(share: float) -> None:
    row = replace(FINDING, before=share, after=share, delta=-share, low=-share, high=share, margin=share, mde=share)
    found = checked(row, replace(row, verdict="passed"), replace(row, verdict="undecided"))
    for text in (check_table(found), check_markdown(found), check_junit(found, _CREATED)):
        assert not shares(html.unescape(text)), text
    exact = line(replace(row, before=0.0, after=1.0, delta=1.0, low=1.0, high=1.0))
    assert (exact.before, exact.after) == ("0\u00a0%", "100\u00a0%") and exact.change.startswith("+100.0 pt")


def test_amounts_keep_their_unit() -> None:
    words = replace(FINDING, metric="words", better="neither", before=41.23, after=35.0, delta=-6.23, low=-9.0, high=-3)
    assert line(replace(words, margin=4.123)).margin == "±4.12"
    assert line(words).before == "41.2" and line(words).change == "−6.2 (−9.0 to −3.0)"
    perplexity = replace(
        words, source="text", metric="word_perplexity", better="lower", before=8525862.66, after=12.3456
    )
    assert (line(perplexity).before, line(perplexity).after) == ("8.53\u00a0×\u00a010⁶", "12.35")


# check.json.


def test_check_json_is_the_whole_check_without_nan(tmp_path: Path) -> None:
    write_check(read_run(tmp_path), checked(replace(FINDING, mde=float("nan")), PASSED))
    found = json.loads((tmp_path / "check.json").read_text(), parse_constant=pytest.fail)
    assert found["format_version"] == 1 and found["exit_code"] == 1 and found["pairs"] == [["base", "dpo"]]
    assert found["findings"][0]["mde"] is None and found["findings"][0]["lost_ids"] == ["1", "2"]


def test_an_earlier_check_is_taken_away(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    for path in write_check(read_run(run), checked(FINDING)):
        assert path.exists()
    forget_check(read_run(run))
    forget_check(read_run(run))
    assert not list(tmp_path.iterdir())


# check.md.


def test_check_md_says_the_verdict_first_and_folds_what_passed() -> None:
    text = check_markdown(checked(PASSED, FINDING, missing=("dpo lacks 1",), notes=("a note",)))
    assert text.startswith("## harness check: regressed\n\n**REGRESSED: ")
    assert text.index("dpo lacks 1") < text.index("**regressed**") < text.index("<details>") < text.index("a note")
    assert "<summary>1 passed</summary>\n\n| variant |" in text
    assert "Worse in dpo correct, 2 items: <code>1</code>, <code>2</code>\n" in text


def test_check_md_lists_at_most_twenty_items_and_those_that_got_worse() -> None:
    many = tuple(f"q{number}" for number in range(33))
    assert " and 13 more" in check_markdown(checked(replace(FINDING, lost_ids=many)))
    lower = replace(FINDING, metric="leak", better="lower", lost_ids=("good",), gained_ids=("bad",))
    text = check_markdown(checked(lower))
    assert "<code>bad</code>" in text and "good" not in text


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(tag)


def hostile(text: str) -> Check:
    row = replace(FINDING, variant=text, baseline=text, source=text, metric=text, lost_ids=(text,), gained_ids=(text,))
    return checked(
        row,
        replace(row, verdict="passed"),
        replace(row, verdict="undecided"),
        run=text,
        against=text,
        missing=(text,),
        notes=(text,),
    )


@given(st.text(st.characters(codec=None)) | st.just(_HOSTILE))
def test_model_text_is_neither_markdown_nor_html(text: str) -> None:
    found = check_markdown(hostile(text))
    tags = Tags()
    tags.feed(found)
    assert tags.found <= {"code", "details", "summary"}
    found.encode("utf-8")
    rows = [row for row in found.splitlines() if row.startswith("|")]
    assert {row.count("|") for row in rows} == {10}
    assert len(re.findall(r"^#", found, re.MULTILINE)) == 3


def test_markdown_and_html_are_shown_as_they_stand() -> None:
    text = "<b>*x*</b> | `y` [z](w) a_b _c_ @you #1 www.example.org http://e.org\n# h"
    safe = escaped(text)
    assert not set("<>*|`[]@#/") & set(re.sub(r"&#\d+;", "", safe))
    assert html.unescape(safe) == text.replace("\n", " ") and "a_b" in safe and "&#95;c&#95;" in safe


# check.xml.


def test_check_xml_has_a_suite_a_pair_and_a_case_a_finding() -> None:
    other = replace(PASSED, baseline="orpo", variant="orpo")
    root = parsed(check_junit(checked(FINDING, UNDECIDED, other, notes=("a note",)), _CREATED))
    first, second = root
    assert first.get("name") == "new: dpo against old: base" and second.get("name") == "new: orpo against old: orpo"
    assert (first.get("tests"), first.get("failures"), first.get("skipped"), first.get("errors")) == (
        "2",
        "1",
        "1",
        "0",
    )
    # 03:02:03 two hours east of Greenwich.
    assert first.get("timestamp") == "2026-11-23T01:02:03" and first.get("hostname") == "localhost"
    cases = first.findall("testcase")
    assert [(case.get("classname"), case.get("name")) for case in cases] == [
        ("new.dpo", "correct"),
        ("new.dpo", "skill/acc"),
    ]
    assert cases[0].find("failure").get("type") == "regressed" and "lost: 1, 2" in cases[0].find("failure").text
    assert "smallest detectable 8 pt" in cases[1].find("skipped").get("message")
    assert first.find("system-out").text == "a note"


def test_undecided_is_a_failure_where_proof_is_asked_for() -> None:
    root = parsed(check_junit(checked(UNDECIDED, status="undecided", exit_code=4, require="proof"), _CREATED))
    assert root[0].get("failures") == "1" and root.find(".//failure").get("message").startswith("not proven: ")


def test_each_missing_thing_is_an_error() -> None:
    root = parsed(check_junit(checked(missing=("one", "two"), status="incomplete", exit_code=3), _CREATED))
    assert root[0].get("errors") == "2"
    assert [error.get("message") for error in root.findall(".//error")] == ["one", "two"]


def test_the_same_run_gives_the_same_file_and_an_unknown_time_is_no_obstacle() -> None:
    assert check_junit(checked(FINDING), _CREATED) == check_junit(checked(FINDING), _CREATED)
    assert parsed(check_junit(checked(FINDING), ""))[0].get("timestamp") == "1970-01-01T00:00:00"


@given(st.text(st.characters(codec=None), min_size=1) | st.just(_HOSTILE))
def test_check_xml_is_valid_with_any_characters(text: str) -> None:
    root = parsed(check_junit(hostile(text), _CREATED))
    assert len(root.findall(".//testcase")) == 4


# The command.


def test_the_command_prints_writes_and_exits(tmp_path: Path) -> None:
    runs = tmp_path / "runs" / "eval"
    make_run(runs / "good", {"dpo": but(6)}, tasks={"dpo": {"skill": ALL}})
    make_run(runs / "worse", {"dpo": but(40)}, tasks={"dpo": {"skill": ALL}})
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    done = run_harness("check", "worse", "--against", "good", folder=tmp_path, GITHUB_STEP_SUMMARY=str(summary))
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.splitlines()[-1].startswith("REGRESSED: worse is worse than good: dpo correct")
    text = (runs / "worse" / "check.md").read_text()
    assert summary.read_text() == "before\n" + text
    assert json.loads((runs / "worse" / "check.json").read_text())["status"] == "regressed"
    parsed((runs / "worse" / "check.xml").read_text())
    assert not (runs / "good" / "check.md").exists()
    wide = tmp_path / "check.yaml"
    wide.write_text("metrics: {correct: 0.5}\n")
    assert run_harness("check", "worse", "--against", "good", folder=tmp_path).returncode == 0
    strict = tmp_path / "strict.yaml"
    strict.write_text("metrics: {correct: 0.28}\nrequire: proof\n")
    done = run_harness("check", "worse", "--against", "good", "--policy", str(strict), folder=tmp_path)
    assert done.returncode == 1, done.stdout


def test_a_refused_check_leaves_no_earlier_verdict(tmp_path: Path) -> None:
    runs = tmp_path / "runs" / "eval"
    make_run(runs / "a", {"dpo": ALL})
    make_run(runs / "b", {"dpo": ALL})
    assert run_harness("check", "b", "--against", "a", folder=tmp_path).returncode == 0
    manifest = json.loads((runs / "a" / "manifest.json").read_text())
    (runs / "a" / "manifest.json").write_text(json.dumps({**manifest, "suite": {"name": "other", "digest": "d"}}))
    done = run_harness("check", "b", "--against", "a", folder=tmp_path)
    assert done.returncode == 2 and "suite other" in done.stderr and done.stderr.count("\n") == 1
    assert not (runs / "b" / "check.xml").exists()


def test_variants_are_named_new_first(tmp_path: Path) -> None:
    runs = tmp_path / "runs" / "eval"
    make_run(runs / "old", {"a": ALL, "b": but(60)})
    make_run(runs / "new", {"c": ALL, "d": but(60)})
    pairs = ("--variant", "c=a", "--variant", "d=b")
    assert run_harness("check", "new", "--against", "old", *pairs, folder=tmp_path).returncode == 0
    assert run_harness("check", "new", "--against", "old", "--variant", "d=a", folder=tmp_path).returncode == 1
    done = run_harness("check", "new", "--against", "old", "--variant", "d", folder=tmp_path)
    assert done.returncode == 2 and "'d' is no --variant NEW=OLD." in done.stderr
