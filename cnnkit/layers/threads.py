"""Sharing a batch out over threads, and memory for each: NumPy frees the interpreter while it copies and multiplies."""

import math
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from itertools import chain, islice, pairwise

import numpy as np
from threadpoolctl import ThreadpoolController

WORTHWHILE = 12 * 10**6  # operations for each thread: with fewer, they wait longer for each other than they save
CACHE_LINE = 64  # bytes

# Memory that is given back goes to the system and comes again page by page, each with a fault, unless the C library
# (glibc) has seen a larger array go: it then keeps up to twice as much. Buys 15 % of a step of LeNet-5.
np.empty(16 * 2**20, np.uint8)

_BLAS = ThreadpoolController().select(user_api="blas")  # what multiplies matrices for NumPy


def in_threads(work, n, operations, prepare=None):
    """Call work(images) with slices that share n images, or rows, out, and list what the calls return.

    As many calls run at a time as BLAS has threads, each with a one-threaded BLAS: left alone, BLAS shares out each
    matrix product but not the copies between them. Where `operations`, as many as multiply-adds would take the time,
    are few, there is one call on one thread; where they are many and n is 1, one call that leaves BLAS its threads.

    With `prepare` it is work(prepare(images, scratch)): prepare yields the share in parts, views of arrays and of
    `Scratch`, and the caller's thread makes the first of them. Python runs on one thread at a time, and two that make
    views meanwhile wait for each other at every step; with views at hand they only call NumPy. Buys 5 to 12 % of
    small layers, of which the first part is all or half.

    >>> sum(in_threads(lambda images: images.stop - images.start, 100, operations=10**12))
    100
    """
    most = allowed()
    if most == 1 or (n == 1 and operations >= WORTHWHILE):
        with _scratches(1) as (scratch,):
            return [work(_prepared(prepare, slice(0, n), scratch))]
    shares = _shares(n, max(1, min(most, n, operations // WORTHWHILE)))
    with _one_blas_thread(), _scratches(len(shares)) as scratches:
        mine, *others = zip(shares, scratches, strict=True)
        running = [_pool(most).submit(work, _prepared(prepare, *other)) for other in others]
        return [work(_prepared(prepare, *mine))] + [future.result() for future in running]


def _prepared(prepare, images, scratch):
    if prepare is None:
        return images
    parts = prepare(images, scratch)
    return chain(list(islice(parts, 1)), parts)


def _shares(n, count):
    """Slices that cover n images, alike in size.

    >>> _shares(7, 3)
    [slice(0, 2, None), slice(2, 4, None), slice(4, 7, None)]
    """
    return [slice(start, end) for start, end in pairwise(n * i // count for i in range(count + 1))]


def allowed():
    """How many threads NumPy's matrix products may use; OMP_NUM_THREADS and threadpoolctl set it."""
    return max((library.num_threads for library in _BLAS.lib_controllers), default=1)


@cache
def _pool(most):
    """Threads that wait for work, started when first needed: to start one anew takes as long as a small layer."""
    return ThreadPoolExecutor(most - 1, thread_name_prefix="cnnkit")


_setting = threading.Lock()  # held by the Python thread that has set BLAS to one thread


@contextmanager
def _one_blas_thread():
    """Inside, BLAS has one thread. There is one setting for the whole process, and each call puts back what it found:
    of calls that overlap, therefore, only the first sets it, or the last would put back what the first has set.
    """
    if not _setting.acquire(blocking=False):
        yield
        return
    try:
        with _BLAS.limit(limits=1):
            yield
    finally:
        _setting.release()


def _after_fork():
    """In a copy of the process, which has none of its threads."""
    global _setting
    _setting = threading.Lock()
    _pool.cache_clear()


if hasattr(os, "register_at_fork"):  # Windows does not copy processes
    os.register_at_fork(after_in_child=_after_fork)


class Scratch:
    """Memory kept from call to call: scratch(name, shape, dtype) is an array in it, with anything in it.

    Fresh memory costs a page fault every 4 KiB, which small layers feel more than their arithmetic. It begins where a
    line of the cache does, which buys some 3 % there.
    """

    def __init__(self):
        self._memory = {}

    def __call__(self, name, shape, dtype):
        nbytes = math.prod(shape) * np.dtype(dtype).itemsize
        memory = self._memory.get(name)
        if memory is None or memory.nbytes < nbytes:
            memory = np.empty(nbytes + CACHE_LINE, np.uint8)
            self._memory[name] = memory = memory[-memory.ctypes.data % CACHE_LINE :][:nbytes]
        return memory[:nbytes].view(dtype).reshape(shape)


class _Kept(threading.local):
    """What a thread keeps: a Scratch for each share of the work that it hands out."""

    def __init__(self):
        self.scratches = []


_kept = _Kept()


@contextmanager
def _scratches(count):
    """As many Scratches as there are shares, the same as in the call before. Nobody else has them meanwhile, and they
    are given up where the call ends in an error or is interrupted: other threads may still be at work in them.
    """
    taken, _kept.scratches = _kept.scratches, []
    taken += [Scratch() for _ in range(count - len(taken))]
    yield taken[:count]
    _kept.scratches = taken


def slices(whole, size):
    """Slices of at most `size` that together cover a slice.

    >>> slices(slice(2, 7), 3)
    [slice(2, 5, None), slice(5, 7, None)]
    """
    return [slice(start, min(start + size, whole.stop)) for start in range(whole.start, whole.stop, size)]
