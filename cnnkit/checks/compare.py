"""Is this answer the right one? Numbers against numbers, with a tolerance that can be explained."""

import numbers

import numpy as np

SAFETY = 8.0


def tolerance(dtype, terms: int) -> float:
    """Relative error allowed to a sum of `terms` products in `dtype`.

    Rounding makes the error of a sum grow at most linearly with its length: |error| <= terms * eps * sum|products|
    (Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., section 3.1). Any order of summation stays below it;
    SAFETY covers the operations around the sum. The floor keeps one-term answers from being held to the last bit.
    """
    eps = np.finfo(dtype).eps
    return float(SAFETY * eps * max(terms, 8))


def difference(want, got, terms: int = 1, dtype=np.float64, name: str = "the result") -> str | None:
    """What is wrong with `got`, in a sentence that does not give `want` away; None when nothing is.

    dtype is that of the inputs; an answer computed in a wider one is as good.
    """
    if got is None:
        return f"{name} is None: does the function end in a return statement?"
    if isinstance(want, tuple):
        return _tuple_difference(want, got, terms, dtype, name)
    if isinstance(want, str):
        return None if isinstance(got, str) and got == want else f"{name} is {got!r}, which is not the right text"
    if isinstance(want, (bool, np.bool_)):
        right = isinstance(got, (bool, np.bool_)) and bool(got) == bool(want)
        return None if right else f"{name} is {got!r}, which is not the right truth value"
    if isinstance(want, (int, np.integer)):
        return _integer_difference(int(want), got, name)
    return _array_difference(np.asarray(want), got, terms, dtype, name)


def _tuple_difference(want, got, terms, dtype, name):
    if not isinstance(got, (tuple, list)) or len(got) != len(want):
        found = f"{len(got)} values" if isinstance(got, (tuple, list)) else type(got).__name__
        return f"{name} should be a tuple of {len(want)} values, but it is {found}"
    for i, (right, given) in enumerate(zip(want, got, strict=True)):
        wrong = difference(right, given, terms, dtype, f"{name}[{i}]")
        if wrong:
            return wrong
    return None


def _integer_difference(want, got, name):
    if isinstance(got, np.ndarray) and got.ndim == 0:
        got = got[()]
    if isinstance(got, (bool, np.bool_)) or not isinstance(got, numbers.Real):
        return f"{name} should be a whole number, but it is a {type(got).__name__}"
    if not isinstance(got, numbers.Integral):
        return f"{name} is {got!r}, a {type(got).__name__}: a whole number is asked for (in Python, // divides without a rest)"
    return None if int(got) == want else f"{name} is {int(got)}, which is not right"


def _array_difference(want, got, terms, dtype, name):
    try:
        got = np.asarray(got)
    except (ValueError, TypeError):
        return f"{name} should be an array of shape {want.shape}, but it is a {type(got).__name__} that NumPy cannot read"
    if got.dtype.kind not in "buif":
        return f"{name} should be an array of numbers, but its dtype is {got.dtype}"
    if got.shape != want.shape:
        return f"{name} should have shape {want.shape}, but it has shape {got.shape}"
    if want.size == 0:
        return None
    want, got = want.astype(np.float64), got.astype(np.float64)
    bad = ~np.isfinite(got) & np.isfinite(want)
    if bad.any():
        return f"{name} holds {got[bad][0]} at index {_first(bad)}"
    allowed = tolerance(dtype, terms) * max(1.0, float(np.abs(want[np.isfinite(want)]).max(initial=0.0)))
    with np.errstate(invalid="ignore"):  # inf - inf, where a diagnosis compares two wrong answers
        wrong = ~(np.abs(got - want) <= allowed) & (got != want) & ~(np.isnan(got) & np.isnan(want))
    if not wrong.any():
        return None
    worst = float(np.abs(got - want)[wrong].max())
    return (
        f"{name} has the right shape {want.shape}, but {int(wrong.sum())} of {want.size} numbers are wrong, "
        f"the first at index {_first(wrong)}; the largest error is {worst:.3g}, where {allowed:.1g} is allowed for rounding"
    )


def _first(mask) -> tuple[int, ...]:
    return tuple(int(i) for i in np.argwhere(mask)[0]) if mask.ndim else ()
