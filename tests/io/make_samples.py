"""Writes samples/ with PyTorch and the safetensors package, and the numbers that our readers must find.

    python tests/io/make_samples.py      (torch, safetensors)

samples/checkpoint_v1 is not made here: it was written once by write_checkpoint and must load for ever.
"""
import json
import pathlib
from collections import OrderedDict

import torch
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).parent
SAMPLES = HERE / "samples"
GOLDENS = HERE.parent / "goldens" / "model"


def small_state():
    base = torch.arange(12, dtype=torch.float32)
    state = OrderedDict(
        matrix=base.view(3, 4),
        transposed=base.view(3, 4).t(),  # the same storage, other strides
        tail=base[8:],  # the same storage, an offset
        scalar=torch.tensor(0.07),
        empty=torch.zeros(0, 5),
        parameter=torch.nn.Parameter(torch.tensor([1.5, -2.5])),
        half=torch.tensor([0.5, 65504.0]).half(),
        bfloat16=torch.tensor([1.0, 3.0]).bfloat16(),
        double=torch.tensor([1e300], dtype=torch.float64),
        long=torch.tensor([-(2**62)]),
        int=torch.tensor([-7], dtype=torch.int32),
        short=torch.tensor([-300], dtype=torch.int16),
        char=torch.tensor([-100], dtype=torch.int8),
        byte=torch.tensor([200], dtype=torch.uint8),
        bool=torch.tensor([True, False]),
    )
    state._metadata = {"": {"version": 1}}
    return state


def plain_values():
    return {
        "numbers": [0, 255, 256, 65535, 65536, -1, -(2**31), 2**31, 2**40, -(2**40), -(2**63), 2**63 - 1, 1e-4, -2.5],
        "nothing": None,
        "flags": (True, False),
        "text": "naïve ☃ " + "x" * 300,
        "nested": {"list": [[], [1, [2]], {}], 7: "seven"},
        "size": torch.Size([2, 3]),
        "device": torch.device("cpu"),
        "set": {1},
        "frozen": frozenset([2]),
    }


def describe(tensor):
    values = tensor.detach().double()
    weights = torch.arange(1, values.numel() + 1, dtype=torch.float64)  # so that the order counts, too
    return {"shape": list(tensor.shape), "sum": float((values.flatten() * weights).sum())}


def main():
    SAMPLES.mkdir(exist_ok=True)
    for protocol in (2, 3, 4, 5):
        content = {"model": small_state(), "config": plain_values()}
        if protocol < 4:  # older protocols write sets as calls of builtins, which are refused
            del content["config"]["set"], content["config"]["frozen"]
        torch.save(content, SAMPLES / f"protocol{protocol}.pth", pickle_protocol=protocol)
    torch.save({"model": small_state()}, SAMPLES / "legacy.pth", _use_new_zipfile_serialization=False)
    torch.save({"model": {"w": torch.zeros(1)}, "args": pathlib.PurePosixPath("x")}, SAMPLES / "with_code.pth")
    tensors = {k: v.detach().clone().contiguous() for k, v in small_state().items()}
    save_file(tensors, SAMPLES / "python.safetensors", metadata={"format": "pt", "note": "naïve"})

    expected = {}
    for path in sorted(GOLDENS.glob("*.pth")):
        content = torch.load(path, map_location="cpu", weights_only=False)
        names = sorted(content["model"])
        entry = {"keys": list(content), "tensors": len(names), "config": content["config"]}
        entry["some"] = {name: describe(content["model"][name]) for name in names[:: max(1, len(names) // 12)]}
        if "optimizer" in content:
            state = content["optimizer"]["state"]
            last = max(state)
            entry["optimizer"] = {"states": len(state), "last": last, "step": float(state[last]["step"]),
                                  "exp_avg_sq": describe(state[last]["exp_avg_sq"]),
                                  "lr": content["optimizer"]["param_groups"][0]["lr"]}
        expected[path.name] = entry
    (HERE / "pth_expected.json").write_text(json.dumps(expected, indent=1) + "\n")


if __name__ == "__main__":
    main()
