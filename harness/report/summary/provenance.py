"""What it takes to run this again, and what could make the numbers mean something else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from harness.audit import sentence
from harness.comparing import called
from harness.records import Variant
from harness.report import AuditEntry, Material, Source
from harness.report.summary.recorded import recorded_sources, text_of, without_folders
from harness.report.summary.verdict import training_line
from harness.store import NOTHING, to_row


def audit(material: Material) -> tuple[AuditEntry, ...]:
    """The warnings in the order of the summary, which puts the worst first."""
    return tuple(
        AuditEntry(
            warning.code,
            sentence(warning, material.say),
            material.say("audit.variants", names=material.say.listed(warning.variants)) if warning.variants else None,
        )
        for warning in material.summary.warnings
    )


def sources(material: Material) -> tuple[Source, ...]:
    """Versions, settings and digests, as far as the manifest records them."""
    return tuple(source for source in _sources(material) if source.value or source.digest)


def _sources(material: Material) -> Iterator[Source]:
    say, manifest = material.say, material.manifest
    base, prompt, suite = manifest.base, manifest.prompt, manifest.suite
    recorded = manifest.is_recorded
    yield Source(say("provenance.imported" if recorded else "provenance.created"), text_of(manifest.created))
    yield Source(say("provenance.base"), _base(material), None if recorded else base.digest or None)
    yield Source(say("provenance.license"), text_of(base.converted_from.license if base.converted_from else None))
    for variant in (*material.summary.variants, *material.references):
        yield _variant(material, variant)
        yield _curves(material, variant)
        yield _results(material, variant)
    yield Source(say("provenance.suite"), suite.title or suite.name, suite.digest or None)
    primary = [called(measure, say) for measure in material.measures if material.is_primary(measure)]
    yield Source(say("provenance.primary"), say.listed(primary) if material.tuned else "")
    for task, digest in manifest.tasks.items():
        yield Source(say("provenance.task", name=task), "", digest or None)
    yield Source(say("provenance.task_limit"), text_of(manifest.task_limit))
    yield Source(say("provenance.task_settings"), text_of(manifest.task_settings))
    of_suite = "_suite" if recorded else ""
    yield Source(say(f"provenance.prompt{of_suite}"), prompt.name, prompt.sha256 or None)
    yield Source(say(f"provenance.system{of_suite}"), text_of(prompt.system))
    yield from recorded_sources(material) if recorded else _run_sources(material)


def _run_sources(material: Material) -> Iterator[Source]:
    """How a run of this harness answered, and on what."""
    say, manifest = material.say, material.manifest
    yield Source(say("provenance.generation"), text_of(to_row(manifest.generation)))
    yield Source(say("provenance.serving"), text_of(to_row(manifest.serving)))
    for key in ("seed", "seeds", "versions"):
        yield Source(say(f"provenance.{key}"), text_of(getattr(manifest, key)))
    yield Source(say("provenance.commit"), text_of(manifest.git_commit))
    yield Source(say("provenance.platform"), text_of(manifest.platform))


def _base(material: Material) -> str:
    base = material.manifest.base
    if material.manifest.is_recorded:
        return material.say("provenance.base_recorded", name=Path(material.base.path or base.name).stem)
    if (origin := base.converted_from) is None:
        return base.name
    return material.say("provenance.converted", name=base.name, file=origin.place, quantization=origin.quantization)


def _variant(material: Material, variant: Variant) -> Source:
    key = "provenance.answers" if variant.kind == "recorded" else "provenance.variant"
    what = material.say(key, name=variant.name)
    # Not the path: a report is handed on, and a machine's folders are nobody else's business.
    return Source(what, training_line(material, variant), variant.digest or None)


def _curves(material: Material, variant: Variant) -> Source:
    """Where the variant's curves come from: the run at W&B, by its address, or the file that was given."""
    what = material.say("provenance.curves", name=variant.name)
    imported = (material.manifest.curve_sources or {}).get(variant.name, {})
    trained = material.manifest.trainings.get(variant.name, NOTHING)
    url = str(imported.get("url") or trained.wandb.get("url") or "")
    if url.startswith(("https://", "http://")):
        return Source(what, url, link=url)
    return Source(what, text_of(imported.get("file")))


def _results(material: Material, variant: Variant) -> Source:
    """The files of lm-eval's own command that the variant's results are from, and which version wrote them."""
    found = (material.manifest.result_sources or {}).get(variant.name, {})
    version = f"lm-eval {found['lm_eval']}" if found.get("lm_eval") else ""
    settings = without_folders(text_of(found.get("settings")))
    told = ", ".join(part for part in (text_of(found.get("files")), version, settings) if part)
    return Source(material.say("provenance.results", name=variant.name), told)
