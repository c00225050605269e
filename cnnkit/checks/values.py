"""The values that pass between a check and a student's function: plain ones, and nothing else.

Plain are None, bool, int, float, complex, str, bytes, NumPy scalars, NumPy arrays of numbers or text, and lists,
tuples and dictionaries of these. Types are compared exactly: a subclass may bring code of its own, and comparing
it with the right answer would run that code.
"""

import numpy as np

ATOMS = frozenset({type(None), bool, int, float, complex, str, bytes, *np.sctypeDict.values()} - {np.object_, np.void})
KINDS = "biufcSU"
DEEPEST = 8


class Unfit(TypeError):
    """A result that is not of a type the exercise asks for; its text is the complaint a student reads."""


def unfit(value, name: str = "the result", depth: int = 0) -> str | None:
    """Why `value` is not a plain value, or None when it is.

    >>> unfit([1, np.zeros(3)]) is None
    True
    >>> unfit((1, {2, 3}))
    'the result[1] is a set: return plain numbers, NumPy arrays, or lists and tuples of them'
    """
    kind = type(value)
    if kind in ATOMS:
        return None
    if kind is np.ndarray:
        return None if value.dtype.kind in KINDS else _odd_array(value, name)
    if kind not in (list, tuple, dict):
        return f"{name} is {brief_type(kind)}: return plain numbers, NumPy arrays, or lists and tuples of them"
    if depth == DEEPEST:
        return f"{name} is nested more than {DEEPEST} deep"
    if kind is dict and any(type(key) not in ATOMS for key in value):
        return f"{name} has a key that is neither a number nor a string"
    items = value.items() if kind is dict else enumerate(value)
    return next(filter(None, (unfit(item, f"{name}[{key!r}]", depth + 1) for key, item in items)), None)


def _odd_array(value, name):
    if value.dtype.kind == "O":
        return f"{name} is an array of Python objects (dtype object): were its rows of unequal length?"
    return f"{name} should be an array of numbers, but its dtype is {value.dtype}"


def brief_type(kind: type) -> str:
    """A type as a student knows it: 'a NumPy array', 'an int', 'a torch.Tensor', 'None'."""
    if kind is type(None):
        return "None"
    if kind is np.ndarray:
        return "a NumPy array"
    module = kind.__module__.split(".")[0]
    name = kind.__name__ if module in ("builtins", "__main__") else f"{module}.{kind.__name__}"
    return f"{'an' if name[0] in 'aeioAEIO' else 'a'} {name}"


def copy(value):
    """A copy that shares no array with `value`."""
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, dict):
        return {key: copy(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(copy(item) for item in value)
    return value


def fingerprint(value):
    """Something hashable that is equal for equal plain values; arrays count by dtype, shape and every bit."""
    if isinstance(value, np.ndarray):
        return ("array", value.dtype.str, value.shape, value.tobytes())
    if isinstance(value, dict):
        return ("dict", tuple((key, fingerprint(item)) for key, item in value.items()))
    if isinstance(value, (list, tuple)):
        return (type(value).__name__, tuple(fingerprint(item) for item in value))
    return (type(value).__name__, repr(value))


def arrays(value):
    """Every array inside `value`."""
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, dict):
        yield from arrays(list(value.values()))
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from arrays(item)


def brief(value, name: str = "array") -> str:
    """A value in a few characters, arrays by name and shape: 'x (1, 1, 7, 7)', 'x (2, 3) float32', '3'."""
    if isinstance(value, np.ndarray):
        return f"{name} {value.shape}" + ("" if value.dtype == np.float64 else f" {value.dtype}")
    if isinstance(value, (list, tuple)) and any(True for _ in arrays(value)):
        inner = ", ".join(brief(item) for item in value)
        return f"{name if name != 'array' else type(value).__name__} [{inner}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {brief(item)}" for key, item in value.items()) + "}"
    return in_short(value, 120)


def in_short(value, most: int = 200) -> str:
    """repr on one line of at most `most` characters; a whole number too long for Python to print is so described."""
    try:
        return shorten(repr(value), most)
    except ValueError:
        return f"{brief_type(type(value))} too long to print"


def shorten(text: str, most: int = 200) -> str:
    """`text` on one line of at most `most` characters."""
    line = " ".join(str(text).split())
    return line if len(line) <= most else line[: most - 3] + "..."
