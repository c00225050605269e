"""Sharing a batch out over threads, and memory for each: NumPy frees the interpreter while it copies and multiplies."""

import math
import os
import threading
from contextlib import contextmanager
from functools import cache
from itertools import chain, islice, pairwise
from queue import SimpleQueue

import numpy as np
from threadpoolctl import ThreadpoolController

WORTHWHILE = 12 * 10**6  # operations for each thread: with fewer, they wait longer for each other than they save
CACHE_LINE = 64  # bytes

# Memory that is given back goes to the system and comes again page by page, each with a fault, unless the C library
# (glibc) has seen a larger array go: it then keeps up to twice as much. Buys 15 % of a step of LeNet-5.
np.empty(16 * 2**20, np.uint8)

_BLAS = ThreadpoolController().select(user_api="blas")  # the library that NumPy multiplies matrices with


def in_threads(work, n, operations, prepare=None):
    """Call work(images) with slices that share n images, or rows, out, and list what the calls return.

    As many calls run at a time as BLAS has threads, each with a one-threaded BLAS: left alone, BLAS shares out each
    matrix product but not the copies between them. Where `operations`, as many as multiply-adds would take the time,
    are few, there is one call on one thread; where n is 1, one call that leaves BLAS its threads.

    With `prepare` it is work(prepare(images, scratch)): prepare yields the share in parts, views of arrays and of
    `Scratch`, and the caller's thread makes the first of them. Python runs on one thread at a time, and two that make
    views meanwhile wait for each other at every step; with views at hand they only call NumPy. Buys 6 to 12 % of
    small layers, of which the first part is all or half.

    >>> sum(in_threads(lambda images: images.stop - images.start, 100, operations=10**12))
    100
    """
    most = allowed()
    if most == 1 or (n == 1 and operations >= WORTHWHILE):
        return [work(_prepared(prepare, slice(0, n), 0))]
    mine, *others = _shares(n, max(1, min(most, n, operations // WORTHWHILE)))
    with _one_blas_thread():
        try:
            running = [_run(most, work, _prepared(prepare, images, share)) for share, images in enumerate(others, 1)]
            ended = [(work(_prepared(prepare, mine, 0)), None)] + [done.get() for done in running]
        except BaseException:
            _kept.scratch = []  # others may still be at work in the memory
            raise
    for _, error in ended:
        if error:
            raise error
    return [result for result, _ in ended]


def _prepared(prepare, images, share):
    if prepare is None:
        return images
    while len(_kept.scratch) <= share:
        _kept.scratch.append(Scratch())
    parts = prepare(images, _kept.scratch[share])
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


def _run(most, work, share):
    """Have work(share) called by another thread -> the queue that its result, or its error, will be in."""
    done = SimpleQueue()
    _waiting(most - 1).put((work, share, done))
    return done


@cache
def _waiting(count):
    """The queue of threads that wait for work, started when first needed: starting one takes as long as a small layer.

    The standard library's pool of threads takes 20 microseconds longer to hand work out and back, 3 % of a small layer.
    """
    queue = SimpleQueue()
    for _ in range(count):
        threading.Thread(target=_work_off, args=[queue], name="cnnkit", daemon=True).start()
    return queue


def _work_off(queue):
    while True:
        work, share, done = queue.get()
        try:
            done.put((work(share), None))
        except BaseException as error:  # the caller raises it
            done.put((None, error))
        del work, share, done  # their arrays


_setting = threading.Lock()  # held by the Python thread that has set BLAS to one thread


@contextmanager
def _one_blas_thread():
    """Inside, BLAS has one thread. There is one setting for the whole process, and each call puts back what it found:
    of calls that overlap, therefore, only the first sets it, or the last would put back what the first has set.
    """
    if not _setting.acquire(blocking=False):
        yield
        return
    before = [library.num_threads for library in _BLAS.lib_controllers]
    try:
        for (
            library
        ) in _BLAS.lib_controllers:  # as threadpoolctl's `limit` does, which takes 4 % of a small layer longer
            library.set_num_threads(1)
        yield
    finally:
        for library, threads in zip(_BLAS.lib_controllers, before, strict=True):
            library.set_num_threads(threads)
        _setting.release()


def _after_fork():
    """In a copy of the process, which has none of its threads."""
    global _setting
    _setting = threading.Lock()
    _waiting.cache_clear()


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
        self.scratch = []


_kept = _Kept()


def slices(whole, size):
    """Slices of at most `size` that together cover a slice.

    >>> slices(slice(2, 7), 3)
    [slice(2, 5, None), slice(5, 7, None)]
    """
    return [slice(start, min(start + size, whole.stop)) for start in range(whole.start, whole.stop, size)]
