"""The judge on small notebooks of its own: what a grade cell may do, what is hidden, what a stop costs."""

import time

import nbformat

from cnnkit.grading.gradecell import divided, imported
from cnnkit.grading.judge import Judge
from cnnkit.grading.limits import Limits
from cnnkit.grading.student import sandboxed

LIMITS = Limits(cell_seconds=5, call_seconds=1.5, submission_seconds=60, memory=1 << 30, processes=64)
IMPORTS = {"np": "import numpy as np", "check": "from cnnkit.checks import check"}
HIDDEN = "### BEGIN HIDDEN TESTS\n{}\n### END HIDDEN TESTS"


def own(source):
    return nbformat.v4.new_code_cell(source)


def graded(source, name="test", points=4):
    mark = {"grade": True, "solution": False, "locked": True, "grade_id": name, "points": points}
    return nbformat.v4.new_code_cell(source, metadata={"nbgrader": mark})


def judge(*cells, seed=1, limits=LIMITS):
    """Grade the cells; return the verdict, the cells behind it."""
    notebook = nbformat.v4.new_notebook(cells=list(cells))
    judge = Judge(notebook, IMPORTS, sandboxed("conv", (), limits, {}, shut=True), limits, seed)
    return judge.grade(), [cell for cell in notebook.cells if cell.metadata.get("nbgrader")]


def texts(cell) -> str:
    """All that the cell's outputs say."""
    parts = [
        o.get("text", "") + o.get("evalue", "") + "".join(o.get("traceback", ())) + str(o.get("data", ""))
        for o in cell.outputs
    ]
    return "\n".join(parts)


def failed(cell) -> bool:
    return any(output.output_type == "error" for output in cell.outputs)


def test_plain_asserts_hold_or_fail_as_in_any_notebook():
    verdict, (right, wrong) = judge(
        own("def twice(x):\n    return 2 * x"),
        graded("assert np.array_equal(twice(np.ones(2)), [2, 2])\nassert twice(3) == 6"),
        graded("assert twice(3) == 7, 'twice three is not seven'"),
    )
    assert verdict.kind == "graded"
    assert not failed(right) and failed(wrong) and "twice three is not seven" in texts(wrong)


def test_a_cell_may_ask_for_values_exceptions_and_keywords():
    _, (cell,) = judge(
        own(
            "LIMIT = 3\ndef f(x, *, most=LIMIT):\n    if x > most:\n        raise ValueError('too large')\n"
            "    return {'x': (x,)}"
        ),
        graded(
            "assert LIMIT == 3 and f(1, most=2) == {'x': (1,)}\n"
            "try:\n    f(9)\nexcept ValueError as error:\n    assert str(error) == 'too large'\nelse:\n    assert False"
        ),
    )
    assert not failed(cell), texts(cell)


def test_the_last_value_is_the_score():
    _, (cell,) = judge(own("def f():\n    return 1"), graded("points = 1.5 + f()\npoints"))
    assert cell.outputs[-1].data["text/plain"] == "2.5"


def test_the_student_cannot_lend_a_name_to_the_grade_cell():
    _, (cell,) = judge(
        own("class np:\n    array_equal = lambda *a: True\nlen = sum = all = lambda *a: 7\ndef f():\n    return [1]"),
        graded("assert np.array_equal([1], [1]) and not np.array_equal([1], [2])\nassert len(f()) == 1 and all([1])"),
    )
    assert not failed(cell), texts(cell)


def test_a_name_that_nobody_defined_is_told():
    _, (plain, checked) = judge(
        own("raise RuntimeError('nothing below is defined')\ndef zero_pad(): ..."),
        graded("assert zero_pad(1) == 2"),
        graded("check('zero_pad', zero_pad)"),
    )
    for cell in (plain, checked):
        assert "nothing is called zero_pad: no cell above defines it" in texts(cell).replace("\n      ", " ")
    assert checked.outputs[-1].data["text/plain"] == "0.0"


def test_a_failed_hidden_test_says_nothing_of_itself():
    _, (cell,) = judge(
        own("def f(x):\n    return 0"),
        graded("assert f(0) == 0\n" + HIDDEN.format("assert f('SECRET') == 1, f'SECRET {f(0)}'")),
    )
    assert failed(cell) and "SECRET" not in texts(cell) and "a test that is not shown failed" in texts(cell)


def test_hidden_tests_run_after_the_last_cell_and_on_the_notebook_as_it_was():
    _, (cell,) = judge(
        own("seen = []\nlevel = 1\ndef f(x):\n    seen.append(x)\n    return level"),
        graded("assert f('public') == 1\n" + HIDDEN.format("assert f('SECRET') == 1")),
        own("print(seen)\nlevel = 2\nassert seen == []"),
    )
    assert not failed(cell), texts(cell)


def test_parts_that_do_not_stand_alone_are_all_hidden():
    source = "for x in (1, 2):\n    assert f(x)\n" + HIDDEN.format("    assert f(-x)")
    assert divided(source) == ("", source)
    assert divided("check(1)\n" + HIDDEN.format("grade(1)")) == ("check(1)", "grade(1)")


def test_only_what_the_assignment_imports_is_the_judges_own():
    answer = own("import os")
    answer.metadata["nbgrader"] = {"solution": True}
    found = imported(
        [own("import numpy as np, a.b\nfrom x import (y as z)\npair = 3"), answer, own("%magic\nimport c")]
    )
    assert found == {"np": "import numpy as np, a.b", "a": "import numpy as np, a.b", "z": "from x import y as z"}


SIZE = """def conv_output_size(n, f, stride=1, padding=0):
    out, rest = divmod(n + 2 * padding - f, stride)
    if rest or out < 0:
        {refuse}
    return out + 1"""
GRADE = "check('conv_output_size', conv_output_size)\n" + HIDDEN.format(
    "from cnnkit.grading import grade\ngrade('conv_output_size', conv_output_size)"
)


def score(cell) -> float:
    return float(cell.outputs[-1].data["text/plain"])


def test_a_call_that_does_not_come_back_costs_its_group_and_no_other():
    verdict, (cell, after) = judge(
        own(SIZE.format(refuse="while True: pass") + "\ndef f():\n    return 1"),
        graded(GRADE, points=10),
        graded("assert f() == 1"),
    )
    assert verdict.kind == "timed out" and score(cell) == 6 and not failed(after)
    assert "it took more than 1.5 s" in texts(cell)


def test_a_crash_in_one_cell_leaves_the_others_as_they_were():
    verdict, (before, after) = judge(
        own("held = [1]\ndef f():\n    return sum(held)"),
        graded("assert f() == 1"),
        own("held.append(1)"),
        own("import os\nheld.append(1)\nos._exit(3)"),
        graded("assert f() == 2"),
    )
    assert verdict.told == ["In code cell 4 the notebook had to be stopped: it ended its own Python (exit code 3)."]
    assert verdict.kind == "crashed" and not failed(before) and not failed(after), texts(after)


def test_when_the_time_is_up_what_was_asked_counts_and_the_rest_says_so():
    short = Limits(cell_seconds=2, call_seconds=1, submission_seconds=3, memory=1 << 30, processes=64)
    verdict, (cell, later) = judge(
        own("def f():\n    return 1"), graded("assert f() == 1"), own("while True: pass"), own("while True: pass"),
        graded("assert f() == 1"), limits=short,
    )  # fmt: skip
    assert verdict.kind == "timed out" and any("3 s for the whole notebook" in reason for reason in verdict.told)
    assert failed(later) and "not tried" in texts(later)


def test_a_seed_repeats_the_hidden_cases_exactly():
    source = SIZE.format(refuse="raise ValueError").replace("return out + 1", "return out + (n % 5 != 0)")
    runs = [score(judge(own(source), graded(GRADE), seed=seed)[1][0]) for seed in (3, 3, 4, 5, 6)]
    assert runs[0] == runs[1]


def test_a_thousand_small_calls_take_no_time():
    _, (cell,) = judge(own("def f(x):\n    return x"), graded("assert all(f(i) == i for i in range(1000))"))
    assert not failed(cell)


def test_time_spent_by_the_judge_is_not_the_students():
    started = time.monotonic()
    _, (cell,) = judge(own("def f(x):\n    return x"), graded("import time\ntime.sleep(2)\nassert f(1) == 1"))
    assert not failed(cell) and time.monotonic() - started < 30
