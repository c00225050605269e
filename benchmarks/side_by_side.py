"""Timing contenders fairly on the CPU: in turns, in one run, each in a process of its own with the same thread count.

Two libraries in one process would disturb each other: after a call, the threads of either keep a core busy for a
while, waiting for the next. Here a contender's process sleeps while another's works.

    with Contenders({"ours": ("contenders", "fast"), "theirs": ("contenders", "torch")}, threads=1) as contenders:
        timed = contenders.time({"n": 1000})            # {"ours": Timing(seconds, low, high), "theirs": ...}
"""

import importlib
import multiprocessing
import os
import statistics
import time
from typing import NamedTuple

THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class Timing(NamedTuple):
    """Seconds a call: the median, and the quartiles below and above it."""

    seconds: float
    low: float
    high: float


class Contenders:
    """Processes that each time one way to do the same: name -> (module, function).

    function(**case) builds its inputs and returns a callable without arguments, or None where it does not compete.
    """

    def __init__(self, contenders, threads):
        self.contenders, self.threads, self.running = contenders, threads, {}

    def __enter__(self):
        before = {name: os.environ.get(name) for name in THREAD_VARIABLES}
        os.environ.update(dict.fromkeys(THREAD_VARIABLES, str(self.threads)))
        try:
            spawn = multiprocessing.get_context("spawn")
            for name, (module, function) in self.contenders.items():
                here, there = spawn.Pipe()
                process = spawn.Process(target=_serve, args=(there, module, function, self.threads), daemon=True)
                process.start()
                there.close()
                self.running[name] = process, here
        finally:
            for name, value in before.items():
                os.environ.pop(name) if value is None else os.environ.update({name: value})
        return self

    def __exit__(self, *_):
        for process, pipe in self.running.values():
            pipe.close()
            process.join()

    def time(self, case, rounds=7, seconds=0.15) -> dict[str, Timing]:
        """Each contender that competes, in turn, `rounds` times, for about so many seconds a turn."""
        competing = [name for name in self.running if self._ask(name, ("prepare", case))]
        times = {name: [] for name in competing}
        for _ in range(rounds):
            for name in competing:
                times[name] += self._ask(name, ("turn", seconds))
        return {name: _timing(values) for name, values in times.items()}

    def _ask(self, name, question):
        process, pipe = self.running[name]
        pipe.send(question)
        try:
            return pipe.recv()
        except (EOFError, ConnectionResetError):
            raise RuntimeError(f"the process of {name!r} ended while it was asked for {question}") from None


def _serve(pipe, module, function, threads):
    prepare, call = getattr(importlib.import_module(module), function), None
    _pin(threads)
    while True:
        try:
            what, value = pipe.recv()
        except EOFError:
            return
        if what == "prepare":
            call = prepare(**value)
            pipe.send(call is not None)
        else:
            pipe.send(_turn(call, value))


def _turn(call, seconds):
    """Seconds of each call, at least two, after one that is not counted."""
    call()
    times, start = [], time.perf_counter()
    while len(times) < 2 or time.perf_counter() - start < seconds:
        before = time.perf_counter()
        call()
        times.append(time.perf_counter() - before)
    return times


def _pin(threads):
    """The environment tells OpenBLAS and OpenMP; Torch is told, too, and both are asked."""
    import sys

    import threadpoolctl

    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(threads)
    counts = {pool["num_threads"] for pool in threadpoolctl.threadpool_info()}
    assert counts <= {threads}, f"asked for {threads} threads, but the libraries use {counts}"


def _timing(values):
    low, median, high = statistics.quantiles(values, n=4) if len(values) > 1 else values * 3
    return Timing(median, low, high)
