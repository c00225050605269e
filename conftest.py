"""nbval runs chapters as Jupyter does, with a history, compares figures, and finds fault with one that runs too long.

Without a history, its default, IPython cannot see the `;` at the end of a cell, and every figure comes out twice: once
as the cell's value and once as an open figure. Figures it does not compare at all, or byte by byte.
"""

import base64
import contextlib
import io
import time

import psutil
import pytest
from nbval.kernel import RunningKernel
from nbval.plugin import IPyNbCell


def execute_cell_input(self, cell_input, allow_stdin=None):
    """Start a cell and return the id of the request, as in nbval, but with store_history=True."""
    return self.kc.execute(cell_input, store_history=True, allow_stdin=allow_stdin, stop_on_error=False)


RunningKernel.execute_cell_input = execute_cell_input
# The tag of a cell whose figure shows what a network learnt: on another processor it learns something else.
VARIES = "figure-varies"
compare_other_outputs = IPyNbCell.compare_outputs


def compare_outputs(self, test, ref, skip_compare=None):
    """Compare the outputs as nbval does, and then the pictures among them, as a reader would."""
    if not compare_other_outputs(self, test, ref, skip_compare):
        return False
    if VARIES in self.cell.metadata.get("tags", ()):
        return True
    drawn, stored = pictures(test), pictures(ref)
    for number, pair in enumerate(zip(drawn, stored, strict=False), start=1):
        if told := difference(*pair):
            self.comparison_traceback.append(f"the stored figure {number} is not what the cell draws: {told}")
    return not self.comparison_traceback


IPyNbCell.compare_outputs = compare_outputs


def pictures(outputs) -> list:
    """The PNG pictures among the outputs of a cell, in base64."""
    return [output["data"]["image/png"] for output in outputs if "image/png" in output.get("data", {})]


def difference(drawn: str, stored: str) -> str:
    """What tells two pictures apart: their sizes, a colour, much of their ink; "" if a reader would see little.

    Another processor rounds otherwise, and a curve of a training lies a little higher: that is no difference.
    """
    from matplotlib.image import imread

    one, other = (imread(io.BytesIO(base64.b64decode(png)))[..., :3] for png in (drawn, stored))
    if max(abs(one.shape[axis] - other.shape[axis]) for axis in (0, 1)) > 4:  # an axis may be labelled otherwise
        return f"{one.shape[1]}x{one.shape[0]} pixels, stored are {other.shape[1]}x{other.shape[0]}"
    height, width, _ = map(min, one.shape, other.shape)
    one, other = one[:height, :width], other[:height, :width]
    for mine, theirs, where in (one, other, "stored"), (other, one, "drawn"):
        for colour in common(mine, 0.002):
            if abs(common(theirs, 0.0005) - colour).max(axis=1).min() > 0.05:
                return f"the colour {tuple(colour.round(2).tolist())} is missing in the one that is {where}"
    ink = ((one < 0.95) | (other < 0.95)).any(axis=2).sum()
    changed = (abs(one - other) > 0.1).any(axis=2).sum()
    return f"{changed / ink:.0%} of the ink is elsewhere" if changed > 0.25 * max(ink, 1) else ""


def common(picture, share: float):
    """The colours (rows of red, green, blue) that take at least this share of a picture."""
    import numpy as np

    packed = (picture * 255).round().astype(int) @ (1 << 16, 1 << 8, 1)
    colours, times = np.unique(packed, return_counts=True)
    colours = colours[times >= share * packed.size]
    return np.stack([colours >> 16, colours >> 8 & 255, colours & 255], axis=1) / 255


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
