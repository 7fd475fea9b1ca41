"""The processes of the race. Only the one whose turn it is runs: an engine's waiting threads would slow the others."""

import ctypes
import json
import os
import signal
import subprocess
import sys

import networks

HERE = os.path.dirname(os.path.abspath(__file__))
BENCHMARK = os.path.join(HERE, "..", ".build", "release", "conv2d-bench")

# Nobody pays for page faults on memory that he gave back a call ago: freed memory stays, in huge pages where it can.
MEMORY = {
    "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(4 << 30),
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
}

COMMANDS = {
    "Conv2d": [BENCHMARK, "serve"],
    "PyTorch": [sys.executable, os.path.join(HERE, "serve.py"), "pytorch"],
    "ONNX Runtime": [sys.executable, os.path.join(HERE, "serve.py"), "onnxruntime_engine"],
    "OpenVINO": [sys.executable, os.path.join(HERE, "serve.py"), "openvino_engine"],
    "MLX": [sys.executable, os.path.join(HERE, "serve.py"), "mlx_engine"],
}


def measure_peaks(threads):
    """Operations a second on so many threads, of multiply-adds in registers and of OpenBLAS's products."""
    command = [BENCHMARK, "peak", "--threads", str(threads)]
    peaks = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return {"multiplyAdds": peaks["multiplyAdds"], "gemm": peaks["gemm"]["operationsPerSecond"]}


def end_with_parent():
    """A stopped process would outlive a race that was killed."""
    PR_SET_PDEATHSIG = 1
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Racer:
    """One engine in its own process, stopped while it is not its turn."""

    def __init__(self, name, threads):
        self.name = name
        self.threads = threads
        self._start()

    def _start(self):
        environment = dict(os.environ, OMP_NUM_THREADS=str(self.threads), **(MEMORY if self.name != "Conv2d" else {}))
        self.process = subprocess.Popen(
            COMMANDS[self.name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
            preexec_fn=end_with_parent)
        self.greeting = self._read()
        if self.greeting is None:
            raise RuntimeError(f"{self.name} ended with status {self.process.wait()}")
        self._signal(signal.SIGSTOP)

    def turn(self, layer, variant, phase, scalar, seconds):
        """What the engine measured: `median`, `runs`, in its first turn with a layer `first`; or `unavailable`."""
        self._signal(signal.SIGCONT)
        if "network" in layer:
            layer = dict(layer, files=networks.path(layer["network"], ""))
        request = {"layer": layer, "variant": variant, "threads": self.threads, "phase": phase,
                   "scalar": scalar, "seconds": seconds}
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        answer = self._read()
        if answer is None:
            # An engine that crashes on a layer has no time there; the race goes on.
            status = self.process.wait()
            self._start()
            return {"unavailable": f"ended with status {status}"}
        self._signal(signal.SIGSTOP)
        return answer

    def most_memory(self):
        """The most bytes that the process has held in memory."""
        with open(f"/proc/{self.process.pid}/status") as status:
            return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))

    def finish(self):
        self._signal(signal.SIGCONT)
        self.process.stdin.close()
        self.process.wait()

    def _read(self):
        line = self.process.stdout.readline()
        return json.loads(line) if line else None

    def _signal(self, number):
        self.process.send_signal(number)
