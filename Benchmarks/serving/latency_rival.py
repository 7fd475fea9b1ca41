"""A rival of latency.py: the convolutions of a network over and over, as `conv2d-bench loop` runs them.

Arguments: the engine, the network, seconds, threads or 0 for the engine's own default.
"""

import json
import sys
import time

import rivals

ENGINE, NETWORK, SECONDS, THREADS = sys.argv[1], sys.argv[2], float(sys.argv[3]), int(sys.argv[4])
LAYERS = [layer for layer in rivals.layers.load()["networks"][NETWORK] for _ in range(layer.get("times", 1))]


def pytorch():
    import torch

    if THREADS:
        torch.set_num_threads(THREADS)
    calls = []
    for layer in LAYERS:
        x, weight, bias = map(torch.from_numpy, rivals.onnx_model.operands(layer))
        arguments = ([layer["SH"], layer["SW"]], [layer["P"]] * 2, [layer["D"]] * 2, layer["G"])
        calls.append((x, weight, bias, *arguments))

    def run():
        with torch.inference_mode():
            for call in calls:
                torch.nn.functional.conv2d(*call)

    return run


def onnxruntime():
    """One session whose nodes are the layers, none of which reads another: it runs them one after the other."""
    import onnx
    import onnxruntime as runtime
    from onnx import helper

    nodes, inputs, outputs, weights, feeds = [], [], [], [], {}
    for index, layer in enumerate(LAYERS):
        operands = rivals.onnx_model.operands(layer)
        graph = onnx.load_from_string(rivals.onnx_model.model(layer, *operands[1:])).graph
        for value in [*graph.input, *graph.output, *graph.initializer]:
            value.name += str(index)
        node = graph.node[0]
        node.input[:] = [name + str(index) for name in node.input]
        node.output[:] = [name + str(index) for name in node.output]
        nodes.append(node)
        inputs += graph.input
        outputs += graph.output
        weights += graph.initializer
        feeds[f"x{index}"] = operands[0]
    model = helper.make_model(
        helper.make_graph(nodes, "layers", inputs, outputs, weights), opset_imports=[helper.make_opsetid("", 17)],
        ir_version=8)
    options = runtime.SessionOptions()
    options.log_severity_level = 3
    if THREADS:
        options.intra_op_num_threads = THREADS
    session = runtime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    binding = session.io_binding()
    for name, value in feeds.items():
        binding.bind_ortvalue_input(name, runtime.OrtValue.ortvalue_from_numpy(value))
    for index, layer in enumerate(LAYERS):
        shape = rivals.onnx_model.output_shape(layer)
        binding.bind_ortvalue_output(
            f"y{index}", runtime.OrtValue.ortvalue_from_shape_and_type(shape, "float32", "cpu"))
    return lambda: session.run_with_iobinding(binding)


def main():
    run = {"PyTorch": pytorch, "ONNX Runtime": onnxruntime}[ENGINE]()
    run()
    passes, start = [], time.perf_counter()
    while time.perf_counter() - start < SECONDS:
        began = time.perf_counter()
        run()
        passes.append(time.perf_counter() - began)
    print(json.dumps({"engine": ENGINE, "passes": passes}))


main()
