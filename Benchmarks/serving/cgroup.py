"""A control group with a quota of processor time, version 1 or 2, for as long as a `with` block runs."""

import os

V1 = "/sys/fs/cgroup/cpu"
V2 = "/sys/fs/cgroup"
PERIOD = 100_000


class Quota:
    """`cores` may be a fraction. Raises OSError where this process may make no groups."""

    def __init__(self, cores):
        self.cores = cores
        is_unified = os.path.exists(f"{V2}/cgroup.controllers")
        self.folder = f"{V2 if is_unified else V1}/convolution-{os.getpid()}"
        self.limits = (
            {"cpu.max": f"{int(cores * PERIOD)} {PERIOD}"} if is_unified
            else {"cpu.cfs_period_us": str(PERIOD), "cpu.cfs_quota_us": str(int(cores * PERIOD))})

    def __enter__(self):
        os.mkdir(self.folder)
        try:
            for name, value in self.limits.items():
                self._write(name, value)
        except OSError:
            os.rmdir(self.folder)
            raise
        return self

    def __exit__(self, *_):
        os.rmdir(self.folder)

    def enter(self):
        """Puts the calling process into the group: for `preexec_fn`."""
        self._write("cgroup.procs", str(os.getpid()))

    def _write(self, name, value):
        with open(f"{self.folder}/{name}", "w") as file:
            file.write(value)
