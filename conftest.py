"""nbval runs notebooks as Jupyter does, with a history, and finds fault with a chapter that runs too long.

Without a history, its default, IPython cannot see the `;` at the end of a cell, and every figure comes out twice: once
as the cell's value and once as an open figure.
"""

import contextlib
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
    """Behind the last cell of a chapter (or a solution): an error when it took too long."""
    kernel, spent = getattr(item.parent, "kernel", None), (0, 0)
    if kernel and kernel.is_alive() and (nextitem is None or nextitem.parent is not item.parent):
        spent = seconds(kernel.km.provisioner.pid)  # now, because the teardown ends the kernel
    yield
    limit = item.config.getini("chapter_seconds")
    if min(spent) > limit:
        text = "{} runs too long: {:.0f} s by the clock, {:.0f} s of computing; a chapter has {:g} s"
        pytest.fail(text.format(item.path.name, *spent, limit), pytrace=False)


def seconds(pid):
    """Since a process began: seconds by the clock, and seconds that it and its children computed.

    The smaller one counts. Other work on the machine stretches the first, two cores at once double the second: neither
    alone says that a chapter is slow.
    """
    process = psutil.Process(pid)
    computed = sum(process.cpu_times()[:4])  # its own and those of children that have ended, user and system
    for child in process.children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            computed += sum(child.cpu_times()[:4])
    return time.time() - process.create_time(), computed
