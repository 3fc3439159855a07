"""Records of a file: what the harness does not know stays, what a file lacks stays away, and old files are read."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.errors import HarnessError
from harness.store import (
    NOTHING,
    AskedBase,
    Certificate,
    Manifest,
    RunFolder,
    TrainingFolder,
    from_row,
    read_run,
    read_training,
    to_row,
    write_json,
)

OLD: dict[str, Any] = {
    "run": "demo",
    "colour": "blue",
    "suite": {"name": "sums", "weather": "fine", "digest": "d0"},
    "variants": [{"name": "base", "kind": "base", "shade": 1}],
    "generation": {"temperature": 0.0, "samples": 3},
    "trainings": {"dpo": {"method": "dpo", "data": {"source": "a.jsonl"}, "mood": "good"}},
}


def test_a_manifest_is_written_as_it_was_read_with_what_nobody_knows_and_without_what_it_lacks() -> None:
    manifest = from_row(Manifest, OLD, "manifest.json")
    assert json.dumps(to_row(manifest)) == json.dumps(OLD)
    assert (manifest.suite.name, manifest.generation.samples, manifest.seed, manifest.models) == ("sums", 3, None, None)
    assert manifest.trainings["dpo"].data.source == "a.jsonl" and manifest.trainings["dpo"].base.digest is None


def test_only_what_changed_is_written_anew_and_in_its_place() -> None:
    manifest = from_row(Manifest, OLD, "manifest.json")
    changed = replace(manifest, noise_floor=True, suite=replace(manifest.suite, digest="d1"))
    expected = {**OLD, "suite": {"name": "sums", "weather": "fine", "digest": "d1"}, "noise_floor": True}
    assert json.dumps(to_row(changed)) == json.dumps(expected)


@pytest.mark.parametrize("part", ["text", 7, None, ["a"]])
def test_a_part_of_another_type_is_empty_and_stays_in_the_file(part: object) -> None:
    row = {"prompt": part, "generation": part, "trainings": part, "variants": part, "base": part}
    manifest = from_row(Manifest, row if part != ["a"] else {**row, "variants": {}}, "manifest.json")
    assert (manifest.prompt.headers, manifest.generation.samples, manifest.variants) == ((), 1, ())
    assert manifest.trainings == {} and to_row(manifest)["prompt"] == part


def test_a_variant_of_no_known_kind_is_refused_with_the_file() -> None:
    with pytest.raises(HarnessError, match=r"m\.json holds 'human', where one of base, adapter"):
        from_row(Manifest, {"variants": [{"name": "base", "kind": "human"}]}, "m.json")


def test_a_record_just_made_leaves_out_what_does_not_hold_for_it() -> None:
    assert to_row(AskedBase(name="gpt", digest="d")) == {"name": "gpt", "digest": "d"}


def test_an_adapter_made_elsewhere_has_an_empty_certificate(tmp_path: Path) -> None:
    training = read_training(tmp_path)
    assert training.certificate == NOTHING and not NOTHING
    assert (training.settings, training.curves, training.finished) == ({}, [], False)
    TrainingFolder(tmp_path).write_certificate(from_row(Certificate, {"method": "orpo", "mood": "good"}, ""))
    assert read_training(tmp_path).certificate.method == "orpo" and read_training(tmp_path).certificate


def test_a_certificate_says_which_line_stood_in_every_prompt_as_far_as_it_was_written_down() -> None:
    def line(**prompt: str | None) -> str | None:
        return from_row(Certificate, {"prompt": prompt}, "").prompt.line

    assert line(system="A", system_used="B") == "B"
    assert line(system="A") == "A"
    assert line(system="A", system_used=None) is None


def test_a_run_reads_a_file_once(tmp_path: Path) -> None:
    write_json(tmp_path / "manifest.json", OLD)
    run = read_run(RunFolder(tmp_path))
    assert run.manifest.run == "demo"
    write_json(tmp_path / "manifest.json", {**OLD, "run": "other"})
    assert run.manifest.run == "demo" and read_run(tmp_path).manifest.run == "other"
