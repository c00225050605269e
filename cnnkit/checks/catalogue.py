"""Every exercise of the course by name."""

import difflib
import functools
import importlib

from .exercise import Exercise

ASSIGNMENTS = ("history", "conv", "pool", "fc", "lenet", "gpu")


@functools.cache
def exercises() -> dict[str, Exercise]:
    """All exercises, name -> Exercise, in the order of the assignments."""
    found = {}
    for assignment in ASSIGNMENTS:
        for exercise_ in importlib.import_module(f"cnnkit.checks.{assignment}").EXERCISES:
            if exercise_.name in found:
                raise ValueError(f"two exercises are called {exercise_.name!r}, the second in checks/{assignment}.py")
            found[exercise_.name] = exercise_
    return found


def exercise(name: str) -> Exercise:
    """The exercise called `name`; ValueError names the nearest one when there is none."""
    known = exercises()
    if name not in known:
        near = difflib.get_close_matches(str(name), known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(known)}"
        raise ValueError(f"no exercise is called {name!r}; {hint}")
    return known[name]
