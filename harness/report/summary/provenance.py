"""What it takes to run this again, and what could make the numbers mean something else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from harness.audit import sentence
from harness.comparing import called
from harness.records import Variant
from harness.report import AuditEntry, Material, Source
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
    yield Source(say("provenance.imported" if manifest.is_recorded else "provenance.created"), _text(manifest.created))
    yield Source(say("provenance.base"), _base(material), base.digest or None)
    yield Source(say("provenance.license"), _text(base.converted_from.license if base.converted_from else None))
    for variant in (*material.summary.variants, *material.references):
        yield _variant(material, variant)
        yield _curves(material, variant)
        yield _results(material, variant)
    yield Source(say("provenance.suite"), suite.title or suite.name, suite.digest or None)
    primary = [called(measure, say) for measure in material.measures if material.is_primary(measure)]
    yield Source(say("provenance.primary"), say.listed(primary) if material.tuned else "")
    for task, digest in manifest.tasks.items():
        yield Source(say("provenance.task", name=task), "", digest or None)
    yield Source(say("provenance.task_limit"), _text(manifest.task_limit))
    yield Source(say("provenance.task_settings"), _text(manifest.task_settings))
    yield Source(say("provenance.prompt"), prompt.name, prompt.sha256 or None)
    yield Source(say("provenance.system"), _text(prompt.system))
    yield Source(say("provenance.generation"), _text(to_row(manifest.generation)))
    yield Source(say("provenance.serving"), _text(to_row(manifest.serving)))
    for key in ("seed", "seeds", "versions"):
        yield Source(say(f"provenance.{key}"), _text(getattr(manifest, key)))
    yield Source(say("provenance.commit"), _text(manifest.git_commit))
    yield Source(say("provenance.platform"), _text(manifest.platform))


def _base(material: Material) -> str:
    base = material.manifest.base
    if (origin := base.converted_from) is None:
        return base.name
    return material.say("provenance.converted", name=base.name, file=origin.place, quantization=origin.quantization)


def _variant(material: Material, variant: Variant) -> Source:
    what = material.say("provenance.variant", name=variant.name)
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
    return Source(what, _text(imported.get("file")))


def _results(material: Material, variant: Variant) -> Source:
    """The files of lm-eval's own command that the variant's results are from, and which version wrote them."""
    found = (material.manifest.result_sources or {}).get(variant.name, {})
    version = f"lm-eval {found['lm_eval']}" if found.get("lm_eval") else ""
    told = ", ".join(part for part in (_text(found.get("files")), version) if part)
    return Source(material.say("provenance.results", name=variant.name), told)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_text(part)}" for key, part in value.items() if part not in (None, (), []))
    if isinstance(value, list | tuple):
        return ", ".join(map(_text, value))
    return str(value)
