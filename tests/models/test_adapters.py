import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from harness.errors import HarnessError
from harness.models import find_places, read_adapter

Make = Callable[..., Path]


@pytest.fixture
def adapter(tmp_path: Path) -> Make:
    def make(name: str = "dpo", value: float = 0.5, dtype: type = np.float32, **config: object) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        tensors: dict[str, Any] = {
            "base_model.model.a.q_proj.lora_A.weight": np.full((2, 4), value, dtype),
            "base_model.model.a.q_proj.lora_B.weight": np.ones((4, 2), dtype),
        }
        save_file(tensors, folder / "adapter_model.safetensors")
        settings = {"peft_type": "LORA", "r": 2, "target_modules": ["q_proj"], "base_model_name_or_path": "b", **config}
        (folder / "adapter_config.json").write_text(json.dumps(settings))
        return folder

    return make


def test_an_adapter_tells_its_rank_targets_base_and_digest(adapter: Make) -> None:
    found = read_adapter("dpo", adapter(rank_pattern={"q_proj": 6}))
    assert (found.rank, found.target_modules, found.base_name) == (6, ("q_proj",), "b")
    assert found.variant().digest == found.digest != read_adapter("x", adapter("other", value=0.6)).digest


@pytest.mark.parametrize("dtype", [np.float32, np.float16, np.float64])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_weights_that_are_no_numbers_are_refused(adapter: Make, dtype: type, value: float) -> None:
    with pytest.raises(HarnessError, match="a.q_proj.lora_A.weight .* NaN or infinite"):
        read_adapter("dpo", adapter(value=value, dtype=dtype))


def test_bfloat16_nan_is_seen_without_a_library_that_knows_the_type(tmp_path: Path) -> None:
    import torch
    from safetensors.torch import save_file as save_torch

    for value, good in ((1e38, True), (float("nan"), False)):
        folder = tmp_path / str(good)
        folder.mkdir()
        save_torch({"x": torch.full((3, 3), value, dtype=torch.bfloat16)}, str(folder / "adapter_model.safetensors"))
        (folder / "adapter_config.json").write_text('{"peft_type": "LORA", "r": 1}')
        if good:
            assert read_adapter("x", folder).rank == 1
        else:
            with pytest.raises(HarnessError, match="NaN"):
                read_adapter("x", folder)


def test_a_truncated_or_corrupt_file_is_refused(adapter: Make) -> None:
    folder = adapter()
    path = folder / "adapter_model.safetensors"
    whole = path.read_bytes()
    for torn in (whole[:-5], whole[:20], whole[:4], b"", struct.pack("<Q", 1 << 60) + whole[8:], b"\x08" + whole):
        path.write_bytes(torn)
        with pytest.raises(HarnessError, match="corrupt or was cut short") as refusal:
            read_adapter("dpo", folder)
        assert "\n" not in str(refusal.value)


def test_a_pickle_is_refused(adapter: Make) -> None:
    folder = adapter()
    (folder / "adapter_model.safetensors").rename(folder / "adapter_model.bin")
    with pytest.raises(HarnessError, match="is a pickle"):
        read_adapter("dpo", folder)


def test_other_kinds_of_adapters_are_refused(adapter: Make) -> None:
    with pytest.raises(HarnessError, match="IA3 adapter"):
        read_adapter("dpo", adapter(peft_type="IA3"))


def test_a_folder_without_an_adapter_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="no folder"):
        read_adapter("x", tmp_path / "none")
    with pytest.raises(HarnessError, match="has no adapter_model.safetensors"):
        read_adapter("x", tmp_path)


def test_adapters_are_named_by_training_configuration_or_path(adapter: Make, tmp_path: Path) -> None:
    mine, other = adapter("mine"), adapter("other")
    found = find_places(["mine", "conf", f"given={other}"], {"conf": str(other)}, tmp_path)
    assert found == {"mine": str(mine), "conf": str(other), "given": str(other)}


def test_names_that_cannot_be_told_apart_are_refused(adapter: Make, tmp_path: Path) -> None:
    path = adapter("mine")
    with pytest.raises(HarnessError, match="Did you mean 'mine'"):
        find_places(["mien"], {}, tmp_path)
    with pytest.raises(HarnessError, match="named twice"):
        find_places(["mine", f"mine={path}"], {}, tmp_path)
    with pytest.raises(HarnessError, match="base model's own name"):
        find_places([f"base={path}"], {}, tmp_path)
    with pytest.raises(HarnessError, match="cannot be the name"):
        find_places([f"a/b={path}"], {}, tmp_path)


def test_a_training_that_has_not_finished_is_no_adapter(adapter: Make, tmp_path: Path) -> None:
    (adapter("mine") / "training.json").write_text("{}")
    with pytest.raises(HarnessError, match="has not finished"):
        find_places(["mine"], {}, tmp_path)
