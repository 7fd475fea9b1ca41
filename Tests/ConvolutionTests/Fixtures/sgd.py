"""Writes sgd.txt: the steps of PyTorch's optim.SGD that SGDTests holds ours against.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install torch==2.13.0
    /tmp/venv/bin/python Tests/ConvolutionTests/Fixtures/sgd.py > Tests/ConvolutionTests/Fixtures/sgd.txt

Lines: a word, then hexadecimal floating-point numbers, which lose nothing. `start` and `gradient` (one line a step) hold
for every case; `case` gives the settings in the order of SGD's initialiser; each `value` is the parameter after a step.
The learning rate is halved before the third step.
"""

import torch

START = [1.5, -0.75, 0.3125, -2.0, 0.1]
GRADIENTS = [
    [0.5, -1.25, 0.0, 3.0, -0.7],
    [-0.375, 0.625, 1.0, -0.5, 0.9],
    [2.0, 0.125, -1.5, 0.25, 0.3],
    [-1.0, 0.75, 0.5, -0.0625, -0.2],
]
CASES = [
    # learning rate, momentum, dampening, weight decay, nesterov
    (0.1, 0, 0, 0, False),
    (0.05, 0, 0, 0.01, False),
    (0.1, 0.9, 0, 0, False),
    (0.1, 0.9, 0.3, 0, False),
    (0.01, 0.9, 0, 0.0005, False),
    (0.2, 0.8, 0.5, 0.1, False),
    (0.1, 0.9, 0, 0, True),
    (0.03, 0.7, 0, 0.02, True),
]


def line(word, numbers):
    print(word, *(float(number).hex() for number in numbers))


line("start", START)
for gradient in GRADIENTS:
    line("gradient", gradient)
for dtype, name in [(torch.float32, "Float"), (torch.float64, "Double")]:
    for rate, momentum, dampening, decay, nesterov in CASES:
        print("case", name, rate, momentum, dampening, decay, str(nesterov).lower())
        parameter = torch.nn.Parameter(torch.tensor(START, dtype=dtype))
        optimizer = torch.optim.SGD([parameter], rate, momentum, dampening, decay, nesterov)
        for step, gradient in enumerate(GRADIENTS):
            if step == 2:
                optimizer.param_groups[0]["lr"] = rate / 2
            parameter.grad = torch.tensor(gradient, dtype=dtype)
            optimizer.step()
            line("value", parameter.tolist())
