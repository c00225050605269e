"""Sharing a batch out over threads: NumPy lets go of the interpreter while it copies and multiplies."""

import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from threadpoolctl import ThreadpoolController

_BLAS = ThreadpoolController().select(user_api="blas")  # the library that NumPy multiplies matrices with


def in_threads(work, n):
    """Call work(images) with slices that share n images out evenly, and list what the calls return.

    As many calls run at a time as BLAS has threads, each with a one-threaded BLAS; with one thread, or one image,
    there is one call. BLAS alone would share out each matrix product and leave the copies between them to one thread.

    >>> sum(in_threads(lambda images: images.stop - images.start, 100))
    100
    """
    threads = min(n, max((library.num_threads for library in _BLAS.lib_controllers), default=1))
    if threads <= 1:
        return [work(slice(0, n))]
    mine, *others = [slice(n * i // threads, n * (i + 1) // threads) for i in range(threads)]
    with _BLAS.limit(limits=1):
        running = [_pool(threads).submit(work, images) for images in others]
        return [work(mine)] + [future.result() for future in running]


@cache
def _pool(threads):
    """Threads that wait for work: to start one anew takes as long as a small layer."""
    return ThreadPoolExecutor(threads - 1, thread_name_prefix="cnnkit")


os.register_at_fork(after_in_child=_pool.cache_clear)  # a copy of the process has none of its threads
