"""Answers and trainings made elsewhere, laid down as a run: from there on nothing knows the difference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from harness.asking.beginning import as_imported, described
from harness.asking.foreign_results import ForeignResults
from harness.asking.importing_results import (
    curves_place,
    keep_foreign,
    results_identity,
    results_sources,
    results_variant,
)
from harness.asking.plan import generation, known_suite
from harness.asking.references import asked_by
from harness.asking.settings_files import recorded_settings, settings_identity
from harness.config import Config
from harness.curves import read_logged
from harness.data import template_without_tokenizer
from harness.data.recordings import Columns, Recording, read_recording
from harness.errors import HarnessError, refuse_differing, unknown
from harness.records import METHODS, Variant
from harness.resources import file_digest
from harness.store import AskedBase, Generated, RecordedGeneration, RunFolder, Served, check_name, from_row, read_run


def import_answers(
    run: RunFolder,
    config: Config,
    suite_name: str,
    files: Mapping[str, Path],
    curve_files: Mapping[str, Path],
    command: str,
    columns: Mapping[str, Columns] | None = None,
    foreign: Mapping[str, ForeignResults] | None = None,
    settings_files: Mapping[str, Path] | None = None,
) -> list[str]:
    """Writes a run's manifest, questions, responses, curves and lm-eval results; says what each file was read as.

    columns says by variant what its file's columns are. Writes nothing where it refuses a file.
    """
    suite = known_suite(suite_name, config)
    template = template_without_tokenizer(config.prompt or suite.prompt, config.folders.prompts)
    system = suite.system if config.system is None else config.system
    foreign, settings_files = foreign or {}, settings_files or {}
    for name in (*files, *foreign, *curve_files):
        check_name("variant", name)
    for name in (*curve_files, *settings_files):
        if name not in files and name not in foreign:
            of = "Curves belong" if name in curve_files else "Settings belong"
            unknown("variant", name, files, f"{of} to a variant whose answers are given as well.")

    asked = asked_by(suite.name, suite.questions, template, system)
    named = columns or {}
    recordings = {name: read_recording(_existing(path), name, asked, named.get(name)) for name, path in files.items()}
    variants = [_variant(name, path) for name, path in files.items()]
    variants += [results_variant(name, found) for name, found in foreign.items() if name not in files]
    identity = {
        **{f"answers {variant.name}": variant.digest for variant in variants},
        **{f"curves {name}": curves_place(path) for name, path in curve_files.items()},
        **{f"columns {name}": said for name, chosen in named.items() if (said := _said(chosen))},
        **results_identity(foreign),
        **settings_identity(settings_files),
        "suite": suite.digest,
        "prompt": template.sha256,
        "system": system,
    }
    if run.begun:
        refuse_differing(run.path, read_run(run).manifest.identity, identity, "--run")
        return list(_told(recordings))
    trainings = {name: read_logged(path, name) for name, path in curve_files.items()}
    recorded = recorded_settings(settings_files, curve_files)
    keep_foreign(run, foreign)
    run.write_questions(suite.questions)
    run.write_responses(row for recording in recordings.values() for row in recording.responses)
    run.write_curves(curve for training in trainings.values() for curve in training.curves)
    made = described(
        run,
        command,
        suite,
        template,
        system,
        # Nobody here saw the base: its name is that of its answers.
        base=AskedBase(name=variants[0].name, digest=""),
        variants=tuple(variants),
        tasks={},
        # A recording has one answer to each question; what else is known of it, it says itself.
        generation=Generated(samples=1),
        recorded_generation=_said_generation(recordings),
        serving=from_row(Served, {"backend": "recorded"}, run.id),
        limit=None,
        seed=config.seed,
        trainings={},
        curve_sources={name: training.source for name, training in trainings.items()},
        recorded_settings=recorded,
        result_sources=results_sources(foreign) or None,
        identity=identity,
    )
    run.write_manifest(as_imported(made, generation(config, suite).max_new_tokens))
    return list(_told(recordings))


def _said_generation(recordings: Mapping[str, Recording]) -> dict[str, RecordedGeneration] | None:
    found = {name: recording.said for name, recording in recordings.items()}
    return {name: RecordedGeneration(values=it.values, source=it.source) for name, it in found.items() if it} or None


def _told(recordings: Mapping[str, Recording]) -> Iterator[str]:
    for name, recording in recordings.items():
        notes = "".join(f"; {note}" for note in recording.notes)
        yield f"{name}: read as {recording.form}, rows: {len(recording.responses)}{notes}"


def _said(columns: Columns) -> dict[str, Any]:
    """What was said of a file's columns, as far as anything was."""
    return {name: value for name, value in asdict(columns).items() if value}


def _variant(name: str, path: Path) -> Variant:
    method = name.lower() if name.lower() in METHODS else None
    return Variant(name, "recorded", method, file_digest(path), str(path))


def _existing(path: Path) -> Path:
    if not path.exists():
        raise HarnessError(f"There is no file {path}.")
    return path
