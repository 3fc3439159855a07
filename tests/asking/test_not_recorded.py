"""What a recording does not hold is told as not recorded, through every door; what it holds, with its source."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.asking import import_answers
from harness.config import Config
from harness.errors import HarnessError
from harness.gate import Policy, check_run
from harness.publish.wandb_log import _config
from harness.report import gather, render_report
from harness.report.summary import sources
from harness.score import score_run
from harness.store import Generated, Run, RunFolder, Served, read_run, to_row
from harness.words import words
from tests.asking.test_importing import ANSWERS, suite
from tests.conftest import run_harness

SAID = {"temperature": 0.7, "max_tokens": 64}
LANGUAGES = {"en": "not recorded", "zh-TW": "未記錄"}


def imported(folder: Path, name: str, **columns: Mapping[str, Any]) -> Run:
    """A run of these variants, each with the columns that its file holds beside its answers."""
    files = {}
    for variant, said in columns.items():
        files[variant] = folder / f"{name}-{variant}.jsonl"
        rows = [{"id": str(number), "response": text, **said} for number, text in enumerate(ANSWERS)]
        files[variant].write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    run = RunFolder(folder / name)
    import_answers(run, Config(), suite(folder, "alpaca"), files, {}, "harness import")
    score_run(read_run(run))
    return read_run(run)


def told(run: Run, lang: str = "en") -> dict[str, str]:
    return {it.what: it.value for it in sources(gather(run, words(lang)))}


def older(run: Run) -> Run:
    """The folder as it was before: with the suite's settings and this machine's versions as if they had answered."""
    generation = Generated(samples=1, max_new_tokens=500, kept={"samples": 1, "max_new_tokens": 500, "temperature": 0})
    held = run.manifest
    reader = held.reader
    assert reader is not None
    base = replace(held.base, digest=str(held.variants[0].digest), kept=None)
    changed = replace(
        held, generation=generation, importing=None, versions=reader.versions, git_commit="a" * 40, base=base, kept=None
    )
    RunFolder(run.path).write_manifest(changed)
    return read_run(RunFolder(run.path))


def test_a_manifest_claims_no_setting_and_no_version_for_a_recording(tmp_path: Path) -> None:
    row = json.loads((imported(tmp_path, "run", base={}).path / "manifest.json").read_text(encoding="utf-8"))
    assert row["generation"] == {"samples": 1} and row["serving"] == {"backend": "recorded"}
    assert (row["versions"], row["git_commit"], row["platform"]) == ({}, None, None)
    assert row["base"]["digest"] == "" and "recorded_generation" not in row
    assert row["importing"]["versions"]["preference-harness"]


@pytest.mark.parametrize("old", [False, True], ids=["now", "an older folder"])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_report_says_of_each_that_it_is_not_recorded(lang: str, old: bool, tmp_path: Path) -> None:
    run = imported(tmp_path, "run", base={}, dpo={})
    shown = told(older(run) if old else run, lang)
    say, unknown = words(lang), LANGUAGES[lang]
    for key in ("generation_of", "precision_of", "versions_of"):
        assert shown[say(f"provenance.{key}", names=say.listed(["base", "dpo"]))] == unknown
    base = next(it for it in sources(gather(run, say)) if it.what == say("provenance.base"))
    assert unknown in base.value and base.digest is None
    assert "preference-harness" in shown[say("provenance.imported_with")]
    assert not {say(f"provenance.{key}") for key in ("generation", "versions", "platform", "commit")} & shown.keys()


@pytest.mark.parametrize("template", ["summary", "assignment"])
def test_no_page_shows_the_suites_settings_as_those_of_a_recording(
    template: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run = older(imported(tmp_path, "run", base={}, dpo={}))
    (path,) = render_report(run, template, formats=["html"])
    page = re.sub(r"<(script|style)\b.*?</\1>|<[^>]+>", " ", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert "max_new_tokens 500" not in page and "temperature 0" not in page and "torch" not in page
    assert "not recorded" in page


def test_what_a_recording_holds_is_shown_with_its_file(tmp_path: Path) -> None:
    shown = told(imported(tmp_path, "run", base=SAID, dpo={**SAID, "dtype": "float16"}, orpo={}))
    assert shown["Generation of base"] == (
        "temperature 0.7, max_new_tokens 64; not recorded: top_p, seed (from run-base.jsonl, rows)"
    )
    assert shown["Precision and quantization of dpo"] == "dtype float16; not recorded: quantization"
    assert shown["Precision and quantization of base, orpo"] == "not recorded"
    assert shown["Generation of orpo"] == "not recorded"


def test_a_model_that_a_recording_names_by_its_folder_is_told_without_it(tmp_path: Path) -> None:
    shown = told(imported(tmp_path, "run", base={"model": "/home/someone/models/mine-7b"}))
    assert "model mine-7b" in shown["Generation of base"] and "someone" not in str(shown)


def test_the_terminal_says_it(tmp_path: Path) -> None:
    run = imported(tmp_path, "run", base=SAID, dpo={})
    out = run_harness("runs", "show", str(run.path), folder=tmp_path).stdout
    assert "base: recorded elsewhere; temperature 0.7, max_new_tokens 64; not recorded: top_p, seed" in out
    assert "dpo: recorded elsewhere; not recorded: temperature, top_p, max_new_tokens, seed, dtype, quantization" in out


@pytest.mark.parametrize("old", [False, True], ids=["now", "an older folder"])
def test_wandb_is_sent_what_is_known_alone(old: bool, tmp_path: Path) -> None:
    run = imported(tmp_path, "run", base={}, dpo={} if old else {**SAID, "model": "/home/someone/mine"})
    held = older(run) if old else run
    sent = _config(held.manifest, held.summary)
    assert not {"versions", "generation", "git_commit"} & sent.keys()
    dpo = {} if old else {"temperature": 0.7, "max_new_tokens": 64, "model": "mine"}
    assert sent["recorded_generation"] == {"base": {}, "dpo": dpo} and "someone" not in str(sent)
    assert sent["base"] == {"name": "base"}


def test_settings_that_nobody_knows_are_neither_alike_nor_other_ones(tmp_path: Path) -> None:
    first, second = imported(tmp_path, "first", base={}), imported(tmp_path, "second", base={})
    (note,) = [it for it in check_run(second, first, Policy()).notes if it.startswith("Not recorded")]
    assert note == (
        "Not recorded: temperature, top_p, max_new_tokens of first and second. Whether both runs were asked with the "
        "same settings is not checked."
    )
    # What one of both holds is no more known of the other.
    third = imported(tmp_path, "third", base={**SAID, "top_p": 1})
    (note,) = [it for it in check_run(third, first, Policy()).notes if it.startswith("Not recorded")]
    assert "of first. Whether" in note


def test_settings_that_both_recordings_hold_are_compared(tmp_path: Path) -> None:
    full = {**SAID, "top_p": 1}
    first, same = imported(tmp_path, "first", base=full), imported(tmp_path, "same", base={**full, "seed": 4})
    assert not [it for it in check_run(same, first, Policy()).notes if it.startswith("Not recorded")]
    other = imported(tmp_path, "other", base={**full, "temperature": 0.2})
    with pytest.raises(HarnessError, match=r"generation\.temperature 0\.7 → 0\.2"):
        check_run(other, first, Policy())


def test_a_recordings_temperature_is_held_beside_that_of_a_run_asked_here(tmp_path: Path) -> None:
    recorded, run = imported(tmp_path, "first", base=SAID), imported(tmp_path, "run", base={})
    settings = {"samples": 1, "max_new_tokens": 64, "temperature": 0.0, "top_p": 1.0}
    asked = Generated(samples=1, max_new_tokens=64, kept=settings)
    RunFolder(run.path).write_manifest(
        replace(run.manifest, serving=Served(backend="transformers"), generation=asked, kept=None)
    )
    here = read_run(RunFolder(run.path))
    assert to_row(here.manifest.generation) == settings
    with pytest.raises(HarnessError, match=r"generation\.temperature 0\.7 → 0\.0"):
        check_run(here, recorded, Policy())


def test_the_suites_limit_tells_answers_that_look_cut_and_is_no_setting_of_theirs(tmp_path: Path) -> None:
    run = imported(tmp_path, "run", base={})
    assert (run.manifest.token_limit, run.manifest.suite.max_new_tokens) == (500, 500)
    assert imported(tmp_path, "told", base=SAID).manifest.token_limit == 64
    # Where one of two says nothing, nobody knows the limit of both.
    assert imported(tmp_path, "both", base=SAID, dpo={}).manifest.token_limit == 500
    assert older(run).manifest.token_limit == 500
