"""Is this answer the right one? Numbers against numbers, with a tolerance that can be explained."""

import numbers

import numpy as np

from .values import brief_type, in_short

SAFETY = 8.0


def tolerance(dtype, terms: int) -> float:
    """Relative error allowed to a sum of `terms` products in `dtype`.

    Rounding makes the error of a sum grow at most linearly with its length: |error| <= terms * eps * sum|products|
    (Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., section 3.1), whatever the order of summation;
    SAFETY covers the operations around the sum. The floor keeps one-term answers from being held to the last bit.

    >>> f"{tolerance(np.float32, terms=75):.0e}, {tolerance(np.float64, terms=75):.0e}"
    '7e-05, 1e-13'
    """
    eps = np.finfo(dtype).eps
    return float(SAFETY * eps * max(terms, 8))


def difference(want, got, terms: int = 1, dtype=np.float64, name: str = "the result") -> str | None:
    """What is wrong with `got`, in a sentence that does not give `want` away; None when nothing is.

    dtype is that of the inputs; an answer computed in a wider one is as good.

    >>> difference(np.zeros((2, 3)), np.zeros((3, 2)))
    'the result should have shape (2, 3), but it has shape (3, 2)'
    >>> difference(5, 5.0)
    'the result is 5.0, a float: a whole number is asked for (in Python, // divides without a rest)'
    """
    if want is None:
        return None if got is None else f"{name} should be None, but it is {brief_type(type(got))}"
    if got is None:
        returned = ": does the function end in a return statement?" if name == "the result" else ""
        return f"{name} is None{returned}"
    if isinstance(want, dict):
        return _dict_difference(want, got, terms, dtype, name)
    if isinstance(want, tuple) or (isinstance(want, list) and not all(np.isscalar(item) for item in want)):
        return _sequence_difference(want, got, terms, dtype, name)
    if isinstance(want, str):
        right = isinstance(got, str) and got == want
        return None if right else f"{name} is {in_short(got)}, which is not the right text"
    if isinstance(want, (bool, np.bool_)):
        right = isinstance(got, (bool, np.bool_)) and bool(got) == bool(want)
        return None if right else f"{name} is {in_short(got)}, which is not the right truth value"
    if isinstance(want, (int, np.integer)):
        return _integer_difference(int(want), got, name)
    with np.errstate(all="ignore"):
        return _array_difference(np.asarray(want), got, terms, dtype, name)


def _dict_difference(want, got, terms, dtype, name):
    if not isinstance(got, dict):
        return f"{name} should be a dictionary, but it is {brief_type(type(got))}"
    if set(got) != set(want):
        return f"{name} should have the keys {sorted(map(repr, want))}, but it has {sorted(map(repr, got))}"
    wrongs = (difference(right, got[key], terms, dtype, f"{name}[{key!r}]") for key, right in want.items())
    return next(filter(None, wrongs), None)


def _sequence_difference(want, got, terms, dtype, name):
    kind = type(want).__name__
    if not isinstance(got, (tuple, list)):
        return f"{name} should be a {kind} of {len(want)} values, but it is {brief_type(type(got))}"
    if len(got) != len(want):
        return f"{name} should be a {kind} of {len(want)} values, but it has {len(got)}"
    wrongs = (difference(w, g, terms, dtype, f"{name}[{i}]") for i, (w, g) in enumerate(zip(want, got, strict=True)))
    return next(filter(None, wrongs), None)


def _integer_difference(want, got, name):
    if isinstance(got, np.ndarray) and got.ndim == 0:
        got = got[()]
    if isinstance(got, (bool, np.bool_)) or not isinstance(got, numbers.Real):
        return f"{name} should be a whole number, but it is {brief_type(type(got))}"
    if not isinstance(got, numbers.Integral):
        hint = "a whole number is asked for (in Python, // divides without a rest)"
        return f"{name} is {float(got)!r}, {brief_type(type(got))}: {hint}"
    return None if int(got) == want else f"{name} is {_digits(int(got))}, which is not right"


def _digits(number: int) -> str:
    """The number, or how long it is: Python refuses to print very long ones."""
    return str(number) if abs(number) < 10**30 else "a number of more than 30 digits"


def _array_difference(want, got, terms, dtype, name):
    given = type(got)
    try:
        got = np.asarray(got)
    except (ValueError, TypeError, OverflowError):
        return f"{name} should be an array of shape {want.shape}, but it is {brief_type(given)} that NumPy cannot read"
    if got.dtype.kind == "c":
        return f"{name} holds complex numbers: return the real part if the rest is rounding"
    if got.dtype.kind not in "buif":
        unreadable = "that NumPy cannot read" if got.dtype.kind == "O" else f"of dtype {got.dtype}"
        return f"{name} should be {_asked(want)}, but it is {brief_type(given)} {unreadable}"
    if got.shape != want.shape:
        return f"{name} should {_shaped(want)}, but it has shape {got.shape}"
    if want.size == 0:
        return None
    precision = _precision(want, got, dtype)
    want, got = want.astype(np.float64), got.astype(np.float64)
    bad = ~np.isfinite(got) & np.isfinite(want)
    if bad.any():
        return f"{name} is {got[()]}" if not want.ndim else f"{name} holds {got[bad][0]} at index {_first(bad)}"
    wrong, allowed = wrong_places(want, got, terms, dtype)
    return _wrong_numbers(want, got, wrong, allowed, name) + precision if wrong.any() else None


def wrong_places(want, got, terms: int = 1, dtype=np.float64) -> tuple[np.ndarray, float]:
    """Where two arrays of one shape differ by more than rounding explains, and how much that is.

    >>> wrong_places(np.array([1.0, 2.0]), np.array([1.0, 2.5]))[0]
    array([False,  True])
    """
    finite = want[np.isfinite(want)]
    allowed = tolerance(dtype, terms) * max(1.0, float(np.abs(finite).max(initial=0.0)))
    with np.errstate(all="ignore"):
        right = (np.abs(got - want) <= allowed) | (got == want) | (np.isnan(got) & np.isnan(want))
    return ~right, allowed


def _wrong_numbers(want, got, wrong, allowed, name):
    worst = float(np.abs(got - want)[wrong].max())
    size = f"the largest error is {worst:.3g}, where {allowed:.1g} is allowed for rounding"
    if not want.ndim:
        return f"{name} is {float(got):.6g}, which is not right: {size}"
    count = int(wrong.sum())
    are, first = ("is wrong,", "") if count == 1 else ("are wrong,", "the first ")
    return (
        f"{name} has the right shape {want.shape}, but {count} of {want.size} number{'s' * (want.size > 1)} {are} "
        f"{first}at index {_first(wrong)}; {size}"
    )


def _precision(want, got, dtype) -> str:
    """A word on the dtype of a wrong answer, when it can hold less than the inputs do."""
    if got.dtype.kind != "f":
        return f" (its dtype is {got.dtype}, which has no room for fractions)" if want.dtype.kind == "f" else ""
    if got.dtype.itemsize < np.dtype(dtype).itemsize:
        return f" (its dtype is {got.dtype}, narrower than the input's {np.dtype(dtype)})"
    return ""


def _asked(want) -> str:
    return f"an array of shape {want.shape}" if want.ndim else "a number"


def _shaped(want) -> str:
    return f"have shape {want.shape}" if want.ndim else "be a single number"


def _first(mask) -> tuple[int, ...]:
    return tuple(int(i) for i in np.argwhere(mask)[0]) if mask.ndim else ()
