"""The frame of all checks: what a function may return, how a student is told what is wrong, what is never told."""

import re
import sys
import warnings

import numpy as np
import pytest

from cnnkit.checks import check, example
from cnnkit.checks.cases import distinct, exact, normal, plain, quarters, whole, window
from cnnkit.checks.catalogue import exercise, exercises
from cnnkit.checks.compare import difference, tolerance
from cnnkit.checks.diagnosis import diagnose
from cnnkit.checks.exercise import Case, Exercise, Group, Misconception
from cnnkit.checks.report import report
from cnnkit.checks.trial import Trial
from cnnkit.checks.values import fingerprint, unfit
from cnnkit.checks.verdict import complain, earned, outcome, public_cases, right_answer
from cnnkit.grading import grade

EVERY = [pytest.param(e, id=e.name) for e in exercises().values()]
HUGE = 10**5000  # Python refuses to print it
NUMPY_ONLY = [pytest.param(e, id=e.name) for e in exercises().values() if e.engine == "numpy"]


def points(asked, answer, seed=None):
    """What `answer` earns on the public cases, or on the hidden ones of a seed."""
    trial = Trial(answer, asked.engine)
    drawn = [(g, public_cases(g) if seed is None else g.hidden(np.random.default_rng(seed))) for g in asked.groups]
    return earned([outcome(asked, group, trial, cases) for group, cases in drawn])


# ------------------------------------------------------------------------------------------- a toy exercise


def scale(x, factor=2):
    """The toy's reference: factor * x, and its sum; factor 0 is refused."""
    if factor == 0:
        raise ValueError("0")
    return factor * x, float(factor * x.sum())


def _cases(*factors):
    return lambda rng: [Case((normal(rng, 2, 3),), {"factor": factor}) for factor in factors]


def _doubled(x, factor=2):
    return scale(x, 2 if factor else 0)


def _mean(x, factor=2):
    scaled, total = scale(x, factor)
    return scaled, total / x.size


def _never_refuses(x, factor=2):
    return factor * x, float(factor * x.sum())


TOY = Exercise(
    name="scale",
    section="conv.html#conv-sizes",
    reference=scale,
    parts=("scaled", "total"),
    groups=(
        Group("scaled", 4, _cases(2, 3), _cases(2, 5, -1), part=0),
        Group("total", 3, _cases(2, 3), _cases(2, 5, -1), part=1),
        Group("refused", 2, _cases(0, 2), _cases(0, 3)),
    ),
    misconceptions=(
        Misconception("The factor is ignored.", "conv.html#conv-stride", _doubled),
        Misconception("The mean is taken.", "conv.html#conv-bias", _mean),
        Misconception("A factor of 0 is let through.", "conv.html#conv-zero", _never_refuses),
    ),
)


@pytest.fixture
def toy(monkeypatch):
    """TOY as an exercise of the course."""
    monkeypatch.setitem(exercises(), "scale", TOY)
    return TOY


def flat(text):
    """The text with its line breaks as spaces."""
    return " ".join(text.split())


def said(capsys, answer):
    """What check prints about an answer to the toy, and the points."""
    got = check("scale", answer)
    return capsys.readouterr().out, got


# ---------------------------------------------------------------------------------------------- right answers


def test_a_right_answer_earns_everything_and_says_no_more(toy, capsys):
    out, got = said(capsys, scale)
    assert got == 9.0 and type(got) is float
    assert out.splitlines()[0] == "scale: 9 of 9 points"
    assert out.count("✔") == 3 and "✘" not in out and "Why" not in out and "Note" not in out


@pytest.mark.parametrize(
    "dress",
    [
        lambda scaled, total: [scaled, total],
        lambda scaled, total: (scaled.tolist(), np.float64(total)),
        lambda scaled, total: (np.asfortranarray(scaled), np.array(total)),
        lambda scaled, total: (scaled[::-1][::-1], np.longdouble(total)),
        lambda scaled, total: ([row for row in scaled], total),
    ],
    ids=["list", "nested lists", "0-d array", "strided view", "list of rows"],
)
def test_a_right_answer_may_come_in_other_clothes(toy, capsys, dress):
    assert said(capsys, lambda x, factor: dress(*scale(x, factor)))[1] == 9


def test_prints_and_warnings_are_shown_once_and_cost_nothing(toy, capsys):
    def noisy(x, factor):
        print("looking at", x.shape)
        print("to stderr", file=sys.stderr)
        warnings.warn("careful", RuntimeWarning, stacklevel=1)
        return scale(x, factor)

    got = check("scale", noisy)
    shown = capsys.readouterr()
    assert got == 9 and shown.err == ""
    assert shown.out.count("looking at (2, 3)") == 1 and shown.out.count("RuntimeWarning: careful") == 1


def test_a_flood_of_prints_is_cut(toy, capsys):
    out, _ = said(capsys, lambda x, factor: ([print("line", i) for i in range(50)], scale(x, factor))[1])
    assert "| line 9" in out and "line 10" not in out and "and 40 more lines" in out


def test_writing_into_the_input_is_noted_and_harms_no_later_case(toy, capsys):
    def in_place(x, factor):
        right = scale(x, factor)
        x[:] = 0
        return right

    out, got = said(capsys, in_place)
    assert got == 9 and "writes into its input x" in out


def test_a_function_is_called_once_for_each_case(toy, capsys):
    calls = []

    def counted(x, factor):
        calls.append((fingerprint(x), factor))
        return x, 0.0

    check("scale", counted)
    assert len(calls) == len(set(calls)) == 4  # two shared by the parts, two of the refusals
    calls.clear()
    grade("scale", counted)
    assert len(calls) == len(set(calls))


# ---------------------------------------------------------------------------------------------- wrong answers


class Equal:
    """Equal to everything; an array, too, if asked; and it counts who asks."""

    asked = 0

    def __eq__(self, other):
        Equal.asked += 1
        return True

    __hash__ = None
    __array_priority__ = 1e9

    def __array__(self, *args, **kwargs):
        Equal.asked += 1
        return np.zeros((2, 3))


class Liar(np.ndarray):
    def __eq__(self, other):
        return True


class Chatty(float):
    def __sub__(self, other):
        return 0.0


@pytest.mark.parametrize(
    "value, words",
    [
        (None, "the result is None: does the function end in a return statement?"),
        (Equal(), "a test_checks_framework.Equal"),
        ((Equal(), 1.0), "result[0] is a test_checks_framework.Equal"),
        ((np.zeros((2, 3)).view(Liar), 1.0), "result[0] is a test_checks_framework.Liar"),
        ((np.ma.zeros((2, 3)), 1.0), "numpy.MaskedArray"),
        ((np.zeros((2, 3)), Chatty(3)), "result[1] is a test_checks_framework.Chatty"),
        (([[Equal()] * 3] * 2, 1.0), "result[0][0][0] is"),
        ((np.array([Equal()], dtype=object), 1.0), "Python objects"),
        (({1, 2}, 1.0), "a set"),
        ((range(3), 1.0), "a range"),
        ((i for i in range(2)), "a generator"),
        (np.zeros(2), "a NumPy array"),
        ((np.zeros((2, 3)),), "1 values"),
        ((np.zeros((3, 2)), 1.0), "shape (2, 3), but it has shape (3, 2)"),
        ((None, 1.0), "scaled is None"),
        ((np.zeros((2, 3)) + np.nan, 1.0), "holds nan at index (0, 0)"),
        ((np.zeros((2, 3)) + np.inf, 1.0), "holds inf at index (0, 0)"),
        ((np.zeros((2, 3), complex), 1.0), "complex"),
        ((np.zeros((2, 3), int), 1.0), "no room for fractions"),
        ((np.full((2, 3), "x"), 1.0), "of dtype <U1"),
        (([[1, 2], [3]], 1.0), "that NumPy cannot read"),
        (([[1, 2, 3], [4, 5, 10**400]], 1.0), "that NumPy cannot read"),
        ("text", "a str"),
    ],
    ids=range(23),
)
def test_what_is_no_answer_is_refused_in_words_and_never_run(toy, capsys, value, words):
    Equal.asked = 0
    out, got = said(capsys, lambda x, factor: value)
    assert words in " ".join(out.split()) and "0 of 4" in out and got == 0
    assert Equal.asked == 0


def test_an_unwritten_function_is_no_error(toy, capsys):
    def scale(x, factor):
        raise NotImplementedError()

    out, got = said(capsys, scale)
    assert out == "scale: not written yet (0 of 9 points)\n" and got == 0


def test_an_unwritten_helper_is_named(toy, capsys):
    def helper():
        raise NotImplementedError()

    def scale(x, factor):
        return helper()

    assert "helper, which it calls, is not written yet" in said(capsys, scale)[0]


def test_an_exception_is_placed_in_the_students_own_code(toy, capsys):
    def scale(x, factor):
        return np.concatenate([x, np.zeros(4)]), 1.0

    out, got = said(capsys, scale)
    assert got == 0 and re.search(
        r"raised ValueError: .*\(line \d+ of scale: `return np.concatenate", " ".join(out.split())
    )


def test_leaving_python_is_an_error_like_others(toy, capsys):
    assert "SystemExit (line" in said(capsys, lambda x, factor: sys.exit())[0]


def test_a_faulty_exception_does_not_stop_the_check(toy, capsys):
    class Rude(Exception):
        def __str__(self):
            raise RuntimeError

    def scale(x, factor):
        raise Rude

    assert "message cannot be shown" in said(capsys, scale)[0]


def test_a_result_given_in_place_of_the_function_is_explained(toy, capsys):
    out, got = said(capsys, np.zeros(3))
    assert got == 0 and 'check("scale", scale)' in out and out.count("\n") == 1
    assert grade("scale", np.zeros(3)) == 0


def test_a_wrong_signature_is_explained(toy, capsys):
    assert "unexpected keyword argument 'factor'" in " ".join(said(capsys, lambda x: scale(x))[0].split())


def test_refusing_by_another_exception_is_not_refusing(toy, capsys):
    def scale_(x, factor):
        assert factor != 0, "0"
        return scale(x, factor)

    out, got = said(capsys, scale_)
    assert got == 7 and "a ValueError should be raised, but it was AssertionError: 0" in out


@pytest.mark.parametrize(
    "value, words",
    [
        (None, "but None was returned"),
        (2.5, "but 2.5 was returned"),
        (np.zeros((2, 3)), "but an array of shape (2, 3) was returned"),
        (ValueError("no"), "but a ValueError was returned"),
        ((1, ValueError("no")), "but something else was returned"),
    ],
)
def test_what_came_back_in_place_of_a_refusal_is_said(toy, capsys, value, words):
    def scale_(x, factor):
        return scale(x, factor) if factor else value

    out, got = said(capsys, scale_)
    assert got == 7 and words in " ".join(out.split())


def test_what_was_said_of_one_group_is_not_spelt_out_for_the_next(toy, capsys):
    out, got = said(capsys, lambda x, factor: undefined)  # noqa: F821
    assert got == 0 and out.count("the function raised NameError") == 1 and out.count('the same as in "scaled"') == 1
    assert out.count("a ValueError should be raised, but it was NameError") == 1
    assert "the same as" not in said(capsys, scale)[0] + said(capsys, _never_refuses)[0]


def test_one_wrong_number_is_told_in_the_singular(toy, capsys):
    out, got = said(capsys, lambda x, factor: (scale(x, factor)[0] + np.eye(2, 3, -1), scale(x, factor)[1]))
    assert "1 of 6 numbers is wrong, at index (1, 0);" in " ".join(out.split())


def test_always_raising_earns_nothing_from_the_refusals(toy, capsys):
    def scale(x, factor):
        raise ValueError("no")

    assert said(capsys, scale)[1] == 0


def test_refusals_alone_earn_nothing_where_everything_is_refused(toy, capsys, monkeypatch):
    """The group may ask for refusals only; the rest of the exercise then shows whether anything is answered."""
    groups = (*TOY.groups[:2], Group("refused", 2, _cases(0), _cases(0)))
    monkeypatch.setitem(exercises(), "scale", Exercise("scale", TOY.section, scale, groups, TOY.parts))

    def always(x, factor):
        raise ValueError("no")

    out, got = said(capsys, always)
    assert got == grade("scale", always) == 0 and "the refusals count once other inputs are answered" in out

    def wrong_but_refusing(x, factor):
        return 7 * scale(x, factor)[0], 0.0

    assert said(capsys, wrong_but_refusing)[1] == grade("scale", wrong_but_refusing) == 2


def test_students_numpy_settings_do_not_reach_the_comparison(toy, capsys):
    kept = np.seterr(all="raise")
    try:
        out, got = said(capsys, lambda x, factor: (np.full((2, 3), np.longdouble("1e400")), 1.0))
    finally:
        np.seterr(**kept)
    assert got == 0 and "holds inf" in out


def test_a_faulty_reference_is_not_blamed_on_the_student(toy):
    broken = Exercise("broken", "x", lambda x: x[9], (Group("a", 1, _cases(), lambda rng: []),))
    with pytest.raises(RuntimeError, match="the reference of broken failed: IndexError"):
        complain(broken, broken.groups[0], lambda x: x, Case((np.zeros(2),)))


# ---------------------------------------------------------------------------------------------- the diagnosis


def test_a_mistake_is_named_with_its_part_and_its_section(toy, capsys):
    out, got = said(capsys, _mean)
    assert got == 4 and "Why (total): The mean is taken. Read the book's page conv.html#conv-bias" in flat(out)


def test_mistakes_on_two_sides_are_both_named(toy):
    def answer(x, factor):
        scaled, total = _never_refuses(x, factor)
        return scaled, total / x.size

    assert [m.says for m in diagnose(toy, answer)] == ["The mean is taken.", "A factor of 0 is let through."]
    assert [m.says for m in diagnose(toy, _never_refuses)] == ["A factor of 0 is let through."]


def test_a_mistake_made_on_one_of_its_two_sides_is_not_named(toy):
    assert diagnose(toy, lambda x, factor: (2 * x, scale(x, factor)[1])) == []  # the total does not ignore the factor


def test_what_fits_nothing_is_called_nothing(toy, capsys):
    out, _ = said(capsys, lambda x, factor: (scale(x, factor)[0] + 1, scale(x, factor)[1] - 1))
    assert "Why" not in out and "It is explained on the book's page conv.html#conv-sizes" in flat(out)


def test_a_right_answer_has_no_mistake(toy):
    assert diagnose(toy, scale) == [] and diagnose(toy, 3) == []


def test_two_mistakes_that_fit_are_both_said(toy, monkeypatch, capsys):
    twin = Misconception("Another reason for the same numbers.", "conv.html#conv-twin", _mean)
    both = Exercise("scale", TOY.section, scale, TOY.groups, TOY.parts, (*TOY.misconceptions, twin))
    monkeypatch.setitem(exercises(), "scale", both)
    out, _ = said(capsys, _mean)
    assert "one of these, the cases cannot tell which" in out
    assert "The mean is taken." in out and "Another reason" in out


def test_a_mistake_that_explains_more_is_preferred(toy):
    """Doubling in the total alone fits, too; but it leaves the other part unexplained."""
    less = Misconception(
        "The total is doubled.", "x#y", lambda x, factor: (scale(x, factor)[0], _doubled(x, factor)[1])
    )
    both = Exercise("scale", TOY.section, scale, TOY.groups, TOY.parts, (less, *TOY.misconceptions))
    assert [m.says for m in diagnose(both, _doubled)] == ["The factor is ignored."]
    assert [m.says for m in diagnose(both, less.answer)] == ["The total is doubled."]


def test_two_ways_to_one_mistake_are_said_once(toy):
    again = Misconception("The mean is taken.", "conv.html#conv-bias", lambda x, factor: _mean(x, factor))
    both = Exercise("scale", TOY.section, scale, TOY.groups, TOY.parts, (*TOY.misconceptions, again))
    assert [m.says for m in diagnose(both, _mean)] == ["The mean is taken."]


# ---------------------------------------------------------------------------------------- looking at a case


def test_the_case_that_failed_can_be_had(toy, capsys):
    out, _ = said(capsys, lambda x, factor: _doubled(x, factor))
    call = re.search(r'example\("scale", "scaled", (\d)\)', out)
    args, settings = example("scale", "scaled", int(call[1]))
    assert settings == {"factor": 3} and args[0].shape == (2, 3)
    args[0][:] = 0
    assert example("scale", "scaled", 1)[0][0].any()


@pytest.mark.parametrize("given, words", [(("none",), "there are: 'scaled'"), (("scaled", 7), "cases 0 to 1")])
def test_a_case_that_is_not_there_is_said_to_be_missing(toy, given, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        example("scale", *given)


def test_an_unknown_exercise_names_the_nearest():
    with pytest.raises(ValueError, match="did you mean 'conv2d'"):
        exercise("conv2")


def test_lines_are_short_and_hold_shapes_together(toy):
    outcomes = [outcome(toy, g, lambda x, factor: (np.zeros((2, 3)), 0.0), public_cases(g)) for g in toy.groups]
    lines = report(toy, outcomes, []).splitlines()
    assert max(map(len, lines)) <= 100 and not any(
        line.count("(") != line.count(")") for line in lines if "shape" in line
    )


# ------------------------------------------------------------------------------------------------ comparison


def test_the_tolerance_grows_with_the_sum_and_the_dtype():
    assert tolerance(np.float32, 1000) == 125 * tolerance(np.float32, 1)
    assert tolerance(np.float32, 100) > 1e6 * tolerance(np.float64, 100)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("terms", [1, 75, 3072])
def test_any_order_of_summation_is_accepted_and_a_lost_term_is_not(dtype, terms):
    rng = np.random.default_rng(terms)
    for _ in range(20):
        products = (rng.standard_normal(terms).astype(dtype) * rng.standard_normal(terms).astype(dtype)).astype(dtype)
        want = np.array(products.astype(np.float64).sum())
        for order in (products, products[::-1], np.sort(products), rng.permutation(products)):
            got = dtype(0)
            for product in order:
                got = dtype(got + product)
            assert difference(want, got, terms, dtype) is None
        lost = np.abs(products).argmax()
        assert difference(want, want - products[lost], terms, dtype)


@pytest.mark.parametrize(
    "want, got, words",
    [
        (5, 5.0, "5.0, a float"), (5, np.float32(5), "a numpy.float32"), (5, True, "a bool"), (5, "5", "a str"),
        (5, 6, "6, which is not right"), (5, HUGE, "more than 30 digits"), (5, float("nan"), "nan, a float"),
        (True, 1, "not the right truth value"),
        (True, HUGE, "truth value"), ("a", HUGE, "not the right text"), ("a", "b", "not the right text"),
        (None, 3, "should be None"),
        (0.5, [0.5], "a single number"), (0.5, 0.25, "0.25, which is not right"),
        ({"a": 1}, {"b": 1}, "keys"), ({"a": 1}, [1], "dictionary"), ({"a": 1}, {"a": 2}, "['a'] is 2"),
        ([np.zeros(2), np.zeros(3)], [np.zeros(2), np.zeros(2)], "[1] should have shape (3,)"),
        ((1, 2), np.array([1, 2]), "a tuple of 2 values, but it is a NumPy array"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)  # fmt: skip
def test_the_kind_of_answer_is_asked_for_exactly(want, got, words):
    assert words in difference(want, got)


@pytest.mark.parametrize(
    "want, got",
    [
        (5, np.int64(5)), (5, np.array(5)), (True, np.True_), (0.5, np.array(0.5)), ((1, 2), [1, 2]), ([1.0], (1.0,)),
        ({"a": 1, "b": 0.5}, {"b": 0.5, "a": 1}), (None, None), (np.array([np.inf, np.nan]), [np.inf, np.nan]),
        (np.zeros((0, 3)), np.zeros((0, 3))), (np.zeros(2, np.float32), np.zeros(2)),
    ],
)  # fmt: skip
def test_the_same_answer_in_another_kind_is_right(want, got):
    assert difference(want, got, dtype=np.float32) is None


def test_no_complaint_gives_the_answer_away():
    want = np.array([[123.456, 2.5], [3.5, 777.25]])
    told = difference(want, np.zeros((2, 2)))
    assert "123" not in told and "2.5" not in told and "3.5" not in told  # the size of the largest error is told
    assert "41" not in difference(41, 40) and "seven" not in difference("seven", "six")


def test_a_plain_value_nested_too_deep_is_refused():
    deep = []
    for _ in range(20):
        deep = [deep]
    assert "nested" in unfit(deep)


# ---------------------------------------------------------------------------------------- drawing of cases


def test_drawn_windows_fit_and_differ_in_height_and_width():
    rng = np.random.default_rng(0)
    for _ in range(300):
        view = window(rng)
        for n, f, s, p, o in zip(view.input, view.size, view.stride, view.padding, view.output, strict=True):
            assert n >= 1 and n + 2 * p == f + s * (o - 1)
        assert view.input[0] != view.input[1]
    with pytest.raises(ValueError, match="no window fits"):
        window(rng, size=(1, 1), padding=(3, 3), output=(1, 1))


def test_an_exact_window_is_what_was_asked_for():
    view = exact((3, 2), stride=2, padding=(1, 0), output=(2, 3))
    assert view.input == (3, 6) and view.settings == {"stride": 2, "padding": (1, 0)}
    assert plain((2, 2)) == 2 and plain((1, 2)) == (1, 2)


def test_drawn_numbers_are_what_they_say():
    rng = np.random.default_rng(0)
    assert set(np.unique(whole(rng, 1000, low=0, high=2))) == {0, 1, 2}
    assert (quarters(rng, 100) * 4 % 1 == 0).all() and (quarters(rng, 100) % 1 != 0).any()
    assert len(np.unique(distinct(rng, 4, 5))) == 20 and distinct(rng, 2, dtype=np.float32).dtype == np.float32


# ------------------------------------------------------------------------------- every exercise of the course


@pytest.mark.parametrize("asked", EVERY)
def test_an_exercise_is_well_formed(asked):
    names = [group.name for group in asked.groups]
    assert len(names) == len(set(names)) and all(group.points > 0 for group in asked.groups)
    assert all(m.says[-1] in ".?)" and "#" in m.section for m in asked.misconceptions)
    assert all(group.part is None or group.part < len(asked.parts) for group in asked.groups)


@pytest.mark.parametrize("asked", EVERY)
def test_public_cases_stay_and_hidden_ones_change(asked):
    for group in asked.groups:
        first, second = ([fingerprint([c.args, c.kwargs]) for c in public_cases(group)] for _ in range(2))
        assert first and first == second
        assert all(unfit([c.args, c.kwargs]) is None for c in public_cases(group))
    drawn = [
        [fingerprint([c.args, c.kwargs]) for g in asked.groups for c in g.hidden(np.random.default_rng(seed))]
        for seed in (1, 2)
    ]
    assert drawn[0] != drawn[1]


@pytest.mark.parametrize("asked", NUMPY_ONLY)
def test_the_reference_is_right_and_nothing_else_is(asked):
    assert points(asked, asked.reference) == points(asked, asked.reference, seed=7) == asked.points
    assert points(asked, lambda *args, **kwargs: None) == 0

    def refuses(*args, **kwargs):
        raise ValueError("never")

    assert points(asked, refuses) == 0


def _zeros(value):
    if isinstance(value, tuple):
        return tuple(map(_zeros, value))
    return np.zeros_like(value) if isinstance(value, np.ndarray) else type(value)(0)


def _nudged(value):
    """The value with one number changed by a thousandth of the largest."""
    if isinstance(value, tuple):
        return tuple(map(_nudged, value))
    if not isinstance(value, np.ndarray):
        return value + (1 if isinstance(value, int) else 1e-3 * max(1.0, abs(value)))
    nudged = value.astype(np.float64)
    nudged.flat[-1:] += 1e-3 * max(1.0, float(np.abs(value).max(initial=0)))
    return nudged


def _answers_something(asked, group):
    return any(right_answer(asked, case).error is None for case in public_cases(group))


@pytest.mark.parametrize("change", [_zeros, _nudged])
@pytest.mark.parametrize("asked", [p for p in NUMPY_ONLY if p.values[0].judge is None])
def test_every_group_notices_a_changed_answer(asked, change):
    def answer(*args, **kwargs):
        return change(asked.reference(*args, **kwargs))

    earned_by = {g.name: outcome(asked, g, answer, public_cases(g)).points for g in asked.groups}
    assert not any(earned_by[g.name] for g in asked.groups if _answers_something(asked, g))
