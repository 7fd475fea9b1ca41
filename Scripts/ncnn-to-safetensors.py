#!/usr/bin/env python3
"""Turns Real-ESRGAN x4plus as ncnn keeps it into a safetensors file with the names of its PyTorch module, RRDBNet.

    Scripts/ncnn-to-safetensors.py realesrgan-x4plus.param realesrgan-x4plus.bin realesrgan-x4plus.safetensors

Weights stay in half precision, biases in single, bit for bit. Needs the Python packages numpy and safetensors.
"""
import argparse
import sys

from whole_file import write_whole

HALF_PRECISION = 0x01306B47
BLOCKS, FEATURES, GROWTH = 23, 64, 32
LAYERS = {"Input", "Convolution", "Split", "Concat", "Eltwise", "BinaryOp", "Interp"}


def expected():
    """The convolutions in the order of the network: name, output and input channels."""
    yield "conv_first", FEATURES, 3
    for block in range(BLOCKS):
        for dense in 1, 2, 3:
            for layer in range(1, 6):
                outputs = FEATURES if layer == 5 else GROWTH
                yield f"body.{block}.rdb{dense}.conv{layer}", outputs, FEATURES + GROWTH * (layer - 1)
    for name in "conv_body", "conv_up1", "conv_up2", "conv_hr":
        yield name, FEATURES, FEATURES
    yield "conv_last", 3, FEATURES


def convolutions(path):
    """The settings of each convolution that the .param file lists."""
    with open(path, encoding="ascii", errors="replace") as file:
        lines = file.read().splitlines()
    if len(lines) < 2 or lines[0].strip() != "7767517":
        raise ValueError("expected a text that begins with 7767517, as ncnn writes it")
    count = int(lines[1].split()[0]) if lines[1].split() and lines[1].split()[0].isdigit() else -1
    layers = [line.split() for line in lines[2:] if line.strip()]
    if len(layers) != count:
        raise ValueError(f"expected {count} layers, got {len(layers)}: the file is cut")
    for words in layers:
        if words[0] not in LAYERS:
            raise ValueError(f"expected the layers {', '.join(sorted(LAYERS))} alone, got {words[0]}")
        if words[0] == "Convolution":
            yield words[1] if len(words) > 1 else "", dict(word.split("=", 1) for word in words if "=" in word)


def read(parameters, binary):
    import numpy

    wanted = list(expected())
    try:
        found = list(convolutions(parameters))
    except ValueError as error:
        raise ValueError(f"{parameters}: {error}") from error
    if len(found) != len(wanted):
        raise ValueError(f"{parameters}: expected {len(wanted)} convolutions, got {len(found)}")
    with open(binary, "rb") as file:
        content = file.read()
    tensors, position = {}, 0

    def take(size, name):
        nonlocal position
        if position + size > len(content):
            raise ValueError(f"{binary}: ends within {name}, at byte {len(content)}: the file is cut")
        position += size
        return content[position - size : position]

    for (layer, settings), (name, outputs, inputs) in zip(found, wanted):
        shape = {"0": str(outputs), "1": "3", "4": "1", "5": "1", "6": str(outputs * inputs * 9)}
        different = {key: settings.get(key) for key, value in shape.items() if settings.get(key) != value}
        if different or settings.get("2", "1") != "1" or settings.get("3", "1") != "1":
            raise ValueError(f"{parameters}: {layer}: expected 3x3 {inputs} to {outputs}, stride 1, padding 1, as {name}")
        tag = int.from_bytes(take(4, name), "little")
        if tag != HALF_PRECISION:
            raise ValueError(f"{binary}: {name}: expected weights in half precision, got the tag {tag:#010x}")
        size = 2 * outputs * inputs * 9
        weight = take(size + size % 4, name)[:size]
        tensors[f"{name}.weight"] = numpy.frombuffer(weight, "<f2").reshape(outputs, inputs, 3, 3)
        tensors[f"{name}.bias"] = numpy.frombuffer(take(4 * outputs, name), "<f4")
    if position != len(content):
        raise ValueError(f"{binary}: expected {position} bytes, got {len(content)}: it is of other layers")
    return tensors


def main():
    parser = argparse.ArgumentParser(description="Turns Real-ESRGAN x4plus of ncnn into a safetensors file.")
    parser.add_argument("parameters", help="the .param file, which lists the layers")
    parser.add_argument("binary", help="the .bin file, which holds the weights")
    parser.add_argument("destination", help="the .safetensors file to write")
    arguments = parser.parse_args()
    try:
        from safetensors.numpy import save_file

        tensors = read(arguments.parameters, arguments.binary)
    except ImportError as error:
        sys.exit(f"ncnn-to-safetensors: the Python package {error.name} is missing: pip install numpy safetensors")
    except OSError as error:
        sys.exit(f"ncnn-to-safetensors: {error.filename}: {error.strerror}")
    except ValueError as error:
        sys.exit(f"ncnn-to-safetensors: {error}")
    try:
        write_whole(arguments.destination, lambda temporary: save_file(tensors, temporary))
    except Exception as error:  # safetensors has an error of its own
        sys.exit(f"ncnn-to-safetensors: {arguments.destination}: {getattr(error, 'strerror', None) or error}")
    print(f"{len(tensors) // 2} convolutions in {arguments.destination}")


if __name__ == "__main__":
    main()
