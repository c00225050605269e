"""Sharing a batch out over threads, and memory for each: NumPy frees the interpreter while it copies and multiplies."""

import math
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from itertools import pairwise

import numpy as np
from threadpoolctl import ThreadpoolController

WAKING = 4 * 10**6  # operations that one thread gets done while another wakes
WORTHWHILE = 12 * 10**6  # operations for each thread: with fewer, they wait longer for each other than they save
CACHE_LINE = 64  # bytes

# Memory that is given back goes to the system and comes again page by page, each with a fault, unless the C library
# (glibc) has seen a larger array go: it then keeps up to twice as much. Buys 15 % of a step of LeNet-5.
np.empty(16 * 2**20, np.uint8)

_kept = threading.local()
_BLAS = ThreadpoolController().select(user_api="blas")  # the library that NumPy multiplies matrices with


def in_threads(work, n, operations):
    """Call work(images) with slices that share n images out, and list what the calls return.

    As many calls run at a time as BLAS has threads, each with a one-threaded BLAS: left alone, BLAS shares out each
    matrix product but not the copies between them. Where `operations`, as many as multiply-adds would take the time,
    are few, there is one call on one thread; where there is one image, one call that leaves BLAS its threads.

    >>> sum(in_threads(lambda images: images.stop - images.start, 100, operations=10**12))
    100
    """
    most = allowed()
    if most == 1 or (n == 1 and operations >= WORTHWHILE):
        return [work(slice(0, n))]
    mine, *others = _shares(n, max(1, min(most, n, operations // WORTHWHILE)), operations)
    with _one_blas_thread():
        running = [_pool(most).submit(work, images) for images in others]
        return [work(mine)] + [future.result() for future in running]


def _shares(n, threads, operations):
    """Slices that cover n images, alike in size but the first: its thread works already while the others wake.

    Lengths are whole eighths of a share where that can be, for numbers with many divisors make groups of one size.
    """
    head_start = min(1, WAKING / max(1, operations))  # in batches
    each, eighth = n * (1 - head_start) / threads, max(1, n // (8 * threads))
    ends = [n - round(each * waiting / eighth) * eighth for waiting in reversed(range(threads))]
    return [slice(start, end) for start, end in pairwise([0, *ends])]


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


def scratch(name, shape, dtype):
    """An array with anything in it, in memory that this thread keeps under that name from call to call.

    Fresh memory costs a page fault every 4 KiB, which small layers feel more than their arithmetic. It begins where a
    line of the cache does, which buys some 3 % there.
    """
    nbytes = math.prod(shape) * np.dtype(dtype).itemsize
    memory = getattr(_kept, name, None)
    if memory is None or memory.nbytes < nbytes:
        memory = np.empty(nbytes + CACHE_LINE, np.uint8)
        memory = memory[-memory.ctypes.data % CACHE_LINE :][:nbytes]
        setattr(_kept, name, memory)
    return memory[:nbytes].view(dtype).reshape(shape)


def slices(whole, size):
    """Slices of at most `size` that together cover a slice.

    >>> slices(slice(2, 7), 3)
    [slice(2, 5, None), slice(5, 7, None)]
    """
    return [slice(start, min(start + size, whole.stop)) for start in range(whole.start, whole.stop, size)]
