#!/usr/bin/env python3
"""Writes the weights of an ONNX file into a safetensors file and prints its layers. It runs nothing.

    python3 -m venv venv && venv/bin/pip install onnx numpy safetensors
    venv/bin/python Scripts/onnx-to-safetensors.py model.onnx model.safetensors [--number]

Weights go by the names of the file, or with --number by the layer that reads them, counted from 0 in the order of the file
among the layers with weights, and by what PyTorch calls them there: 0.weight, 0.bias, 1.running_mean. A weight that two
layers read is then written for each.
"""
import argparse
import sys

from whole_file import write_whole

PARTS = {
    "Conv": ["weight", "bias"],
    "ConvTranspose": ["weight", "bias"],
    "Gemm": ["weight", "bias"],
    "PRelu": ["weight"],
    "BatchNormalization": ["weight", "bias", "running_mean", "running_var"],
}


def load(path):
    import onnx

    try:
        model = onnx.load(path)
        onnx.checker.check_model(model)
        return model
    except OSError:
        raise
    except Exception as error:
        words = str(error).strip() or type(error).__name__
        raise ValueError(f"expected an ONNX model, got {words.splitlines()[0]!r}") from error


def weights(model):
    from onnx import numpy_helper

    found = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    for node in model.graph.node:
        for attribute in node.attribute:
            if node.op_type == "Constant" and attribute.name == "value":
                found[node.output[0]] = numpy_helper.to_array(attribute.t)
    return found


def text(node, found):
    """One line for a layer: what it is, its settings, the shapes of its weights, what it reads and makes."""
    import onnx

    settings = []
    for attribute in node.attribute:
        value = onnx.helper.get_attribute_value(attribute)
        if isinstance(value, bytes):
            value = value.decode(errors="replace")
        elif not isinstance(value, (int, float, str, list)):
            value = type(value).__name__
        settings.append(f"{attribute.name}={value}")
    inputs = [f"{name} {list(found[name].shape)}" if name in found else name for name in node.input]
    return f"{node.op_type}({', '.join(settings)}): {', '.join(inputs)} -> {', '.join(node.output)}"


def write(tensors, path):
    import numpy
    from safetensors.numpy import save_file

    contiguous = {name: numpy.array(tensor, order="C") for name, tensor in tensors.items()}
    write_whole(path, lambda temporary: save_file(contiguous, temporary))


def main():
    parser = argparse.ArgumentParser(description="Writes the weights of an ONNX file and prints its layers.")
    parser.add_argument("source", help="the .onnx file")
    parser.add_argument("destination", help="the .safetensors file to write")
    parser.add_argument("--number", action="store_true", help="name weights by the layer that reads them: 0.weight, 0.bias")
    arguments = parser.parse_args()
    try:
        import numpy

        model = load(arguments.source)
        found = weights(model)
        numbered, number = {}, 0
        for node in model.graph.node:
            read = {index: name for index, name in enumerate(node.input) if name in found}
            label = "-"
            if read and node.op_type != "Constant":
                label, number = str(number), number + 1
                parts = PARTS.get(node.op_type, [])
                for index, name in read.items():
                    part = parts[index - 1] if 0 < index <= len(parts) else f"input{index}"
                    numbered[f"{label}.{part}"] = found[name]
                if node.op_type == "BatchNormalization":
                    numbered[f"{label}.num_batches_tracked"] = numpy.zeros((), numpy.int64)  # which ONNX does not count
            print(f"{label:>4}  {text(node, found)}")
        tensors = numbered if arguments.number else found
    except ImportError as error:
        sys.exit(f"onnx-to-safetensors: the Python package {error.name} is missing: pip install onnx numpy safetensors")
    except OSError as error:
        sys.exit(f"onnx-to-safetensors: {arguments.source}: {error.strerror or error}")
    except ValueError as error:
        sys.exit(f"onnx-to-safetensors: {arguments.source}: {error}")
    try:
        write(tensors, arguments.destination)
    except ImportError as error:
        sys.exit(f"onnx-to-safetensors: the Python package {error.name} is missing: pip install onnx numpy safetensors")
    except Exception as error:  # safetensors has an error of its own
        sys.exit(f"onnx-to-safetensors: {arguments.destination}: {getattr(error, 'strerror', None) or error}")
    print(f"{len(tensors)} tensors in {arguments.destination}")


if __name__ == "__main__":
    main()
