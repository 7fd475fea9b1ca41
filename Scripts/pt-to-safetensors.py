#!/usr/bin/env python3
"""Turns a PyTorch state dictionary (.pt, .pth) into a safetensors file that ConvolutionIO reads.

    python3 -m venv venv && venv/bin/pip install torch safetensors numpy
    venv/bin/python Scripts/pt-to-safetensors.py model.pt model.safetensors

A checkpoint that keeps the state dictionary under a key, such as "state_dict" or "model", needs --key. The file is read
with weights_only, so that a pickle from a stranger runs no code.
"""
import argparse
import sys

from whole_file import write_whole


def state_dictionary(path, key):
    import torch

    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except OSError:
        raise
    except Exception as error:
        raise ValueError("expected tensors written by torch.save, got what weights_only refuses") from error
    if key is not None:
        if not isinstance(content, dict) or key not in content:
            raise ValueError(f"expected a dictionary with the key {key!r}")
        content = content[key]
    if not isinstance(content, dict) or not content:
        raise ValueError(f"expected a state dictionary, got {type(content).__name__}")
    others = [name for name, value in content.items() if not isinstance(value, torch.Tensor)]
    if others:
        raise ValueError(f"expected tensors only, got others under {', '.join(map(repr, others[:8]))} (see --key)")
    # Copies: safetensors refuses views and weights that share memory.
    return {name: value.detach().clone().contiguous() for name, value in content.items()}


def write(tensors, path):
    from safetensors.torch import save_file

    write_whole(path, lambda temporary: save_file(tensors, temporary, metadata={"format": "pt"}))


def main():
    parser = argparse.ArgumentParser(description="Turns a PyTorch state dictionary into a safetensors file.")
    parser.add_argument("source", help="a .pt or .pth file written by torch.save")
    parser.add_argument("destination", help="the .safetensors file to write")
    parser.add_argument("--key", help="the key under which the checkpoint keeps the state dictionary")
    arguments = parser.parse_args()
    try:
        tensors = state_dictionary(arguments.source, arguments.key)
    except (OSError, ValueError) as error:
        sys.exit(f"{arguments.source}: {getattr(error, 'strerror', None) or error}")
    try:
        write(tensors, arguments.destination)
    except OSError as error:
        sys.exit(f"{arguments.destination}: {error.strerror or error}")
    for name, tensor in tensors.items():
        print(f"{name}: {str(tensor.dtype).removeprefix('torch.')} {list(tensor.shape)}")


if __name__ == "__main__":
    main()
