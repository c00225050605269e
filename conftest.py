"""nbval runs notebooks as Jupyter does, with a history, and finds fault with a chapter that runs too long.

Without a history, its default, IPython cannot see the `;` at the end of a cell, and every figure comes out twice: once
as the cell's value and once as an open figure.
"""

import time

import psutil
import pytest
from nbval.kernel import RunningKernel


def execute_cell_input(self, cell_input, allow_stdin=None):
    """Start a cell and return the id of the request, as in nbval, but with store_history=True."""
    return self.kc.execute(cell_input, store_history=True, allow_stdin=allow_stdin, stop_on_error=False)


RunningKernel.execute_cell_input = execute_cell_input


def pytest_addoption(parser):
    parser.addini("chapter_seconds", "seconds in which nbval must be through a chapter", "float", default=90.0)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item, nextitem):
    """Behind the last cell of a chapter: an error when the chapter took too long."""
    kernel, spent = getattr(item.parent, "kernel", None), (0, 0)
    if kernel and kernel.is_alive() and (nextitem is None or nextitem.parent is not item.parent):
        spent = seconds(kernel.km.provisioner.pid)  # now, because the teardown ends the kernel
    yield
    limit = item.config.getini("chapter_seconds")
    if min(spent) > limit:
        text = "{} took {:.0f} s and {:.0f} s of computing; a chapter must be through in {:g} s"
        pytest.fail(text.format(item.path.name, *spent, limit), pytrace=False)


def seconds(pid):
    """Since a process began: seconds by the clock, and seconds that it and its children computed.

    The smaller one counts: a machine that is busy with other work stretches the first, a chapter that computes on both
    cores at once doubles the second, and in neither case the chapter is slow.
    """
    process = psutil.Process(pid)
    computed = sum(process.cpu_times()[:4])  # of its own and of children that have ended, user and system
    for child in process.children(recursive=True):
        computed += sum(child.cpu_times()[:4])
    return time.time() - process.create_time(), computed
