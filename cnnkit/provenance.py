"""Where a measurement was taken, for the files in benchmarks/results and experiments/results."""

import platform
from importlib.metadata import version
from pathlib import Path

import numpy  # noqa: F401, so that its BLAS is loaded and can be asked
from threadpoolctl import threadpool_info


def machine():
    """The processor, its cores and the caches of one core, as Linux tells."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    models = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    caches = {}
    for folder in sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        level, kind, size = ((folder / name).read_text().strip() for name in ("level", "type", "size"))
        if kind != "Instruction":
            caches[f"L{level}"] = size
    return {"cpu": models[0] if models else platform.processor(), "cores": len(models) or None, "caches": caches}


def versions():
    blas = next(pool for pool in threadpool_info() if pool["user_api"] == "blas")
    kernel = f"{blas['internal_api']} {blas['version']}, kernels for {blas.get('architecture', 'any processor')}"
    found = {"python": platform.python_version(), "numpy": version("numpy"), "torch": version("torch"), "blas": kernel}
    return found
