"""Stands in for `cnnkit.checks` inside the sandbox: the checks are on the other side, and count when they are due."""


def check(name, answer):
    """Try `answer` later: a check in a cell of the student's own is not carried out while the notebook is graded."""
    print(f"{name}: this check is not carried out while the notebook is graded; the sheet's own checks are")
    return 0.0


def example(name, group, number=0):
    """The arguments of a public case are at hand in the student's own notebook only."""
    raise RuntimeError("example(...) is for your own notebook: while the notebook is graded, the cases are elsewhere")
