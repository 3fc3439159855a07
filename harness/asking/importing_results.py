"""Results of lm-eval's own command, laid down as our own are; alone, they are a run without a suite."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from harness.asking.beginning import as_imported, begun
from harness.asking.foreign_results import ForeignResults, filter_names
from harness.asking.settings_files import recorded_settings, settings_identity
from harness.asking.tasks import foreign_rows
from harness.config import Config
from harness.curves import read_logged, wandb_path
from harness.errors import refuse_differing, unknown
from harness.records import METHODS, Variant
from harness.resources import file_digest, files_digest
from harness.store import (
    AskedBase,
    AskedPrompt,
    AskedSuite,
    Generated,
    Manifest,
    RunFolder,
    Served,
    check_name,
    read_run,
    write_json,
    write_jsonl,
)

_NO_SUITE = AskedSuite(name="", title="", digest="", questions=0)
_NO_PROMPT = AskedPrompt(name="", sha256="", system=None, headers=())


def import_results(
    run: RunFolder,
    config: Config,
    foreign: Mapping[str, ForeignResults],
    curve_files: Mapping[str, Path],
    command: str,
    settings_files: Mapping[str, Path] | None = None,
) -> None:
    """Writes a run of these results alone: no suite was asked, and nothing of it is missing."""
    for name in (*foreign, *curve_files):
        check_name("variant", name)
    settings_files = settings_files or {}
    for name in (*curve_files, *settings_files):
        if name not in foreign:
            of = "Curves belong" if name in curve_files else "Settings belong"
            unknown("variant", name, foreign, f"{of} to a variant whose results are given as well.")
    identity = {
        **results_identity(foreign),
        **{f"curves {name}": curves_place(path) for name, path in curve_files.items()},
        **settings_identity(settings_files),
    }
    if run.begun:
        refuse_differing(run.path, read_run(run).manifest.identity, identity, "--run")
        return
    trainings = {name: read_logged(path, name) for name, path in curve_files.items()}
    recorded = recorded_settings(settings_files, curve_files)
    variants = [results_variant(name, found) for name, found in foreign.items()]
    keep_foreign(run, foreign)
    run.write_curves(curve for training in trainings.values() for curve in training.curves)
    run.write_manifest(
        as_imported(
            Manifest(
                **begun(run, command),
                prompt=_NO_PROMPT,
                suite=_NO_SUITE,
                margins={},
                base=AskedBase(name=variants[0].name, digest=""),
                variants=tuple(variants),
                tasks={},
                generation=Generated(),
                serving=Served(backend="recorded"),
                limit=None,
                seed=config.seed,
                trainings={},
                curve_sources={name: training.source for name, training in trainings.items()},
                recorded_settings=recorded,
                result_sources=results_sources(foreign),
                identity=identity,
            )
        )
    )


def keep_foreign(run: RunFolder, foreign: Mapping[str, ForeignResults]) -> None:
    """Writes each variant's results and samples into the run folder."""
    for name, found in foreign.items():
        for task, path in found.samples.items():
            write_jsonl(run.samples_file(name, task), foreign_rows(path, filter_names(found.results, task)))
        write_json(run.results_file(name), found.results)


def results_identity(foreign: Mapping[str, ForeignResults]) -> dict[str, str]:
    """What tells these results from others."""
    return {f"lm-eval {name}": files_digest(found.files) for name, found in foreign.items()}


def results_sources(foreign: Mapping[str, ForeignResults]) -> dict[str, dict[str, object]]:
    """Where each variant's results were found, for the manifest."""
    return {
        name: {
            "files": [path.name for path in found.files if path not in found.samples.values()],
            "lm_eval": found.results.get("lm_eval_version"),
            "settings": found.said,
        }
        for name, found in foreign.items()
    }


def curves_place(path: Path) -> str:
    """What tells curves from others: a file's digest, else the folder or the W&B run."""
    return file_digest(path) if path.is_file() else wandb_path(str(path)) or str(path)


def results_variant(name: str, found: ForeignResults) -> Variant:
    """The variant that is known by its results alone."""
    method = name.lower() if name.lower() in METHODS else None
    digest = file_digest(found.files[0]) if len(found.files) == 1 else files_digest(found.files)
    return Variant(name, "recorded", method, digest, str(found.place))
