"""The benchmarks compare like with like, and warn when they should."""

import json

import contenders
import cpu
import numpy as np
import pytest
from commands import ROOT
from side_by_side import Contenders

SMALL = [
    ("conv2d", {"x": (3, 2, 9, 7), "w": (4, 2, 3, 3), "stride": 2, "padding": 1}),
    ("conv2d", {"x": (2, 3, 5, 5), "w": (2, 3, 1, 1), "stride": 1, "padding": 0}),
    ("max_pool2d", {"x": (2, 3, 7, 7), "size": 3, "stride": 2}),
    ("avg_pool2d", {"x": (2, 3, 6, 6), "size": 2, "stride": 2}),
    ("linear", {"x": (4, 6), "w": (3, 6)}),
]


@pytest.mark.parametrize("passes", ["forward", "both"])
@pytest.mark.parametrize(("layer", "settings"), SMALL)
def test_all_contenders_compute_the_same(layer, settings, passes):
    made = [getattr(contenders, name)(layer, passes, settings) for name in cpu.COMPETING]
    results = [call() for call in made if call is not None]
    results = [r if isinstance(r, tuple) else (r,) for r in results]
    assert len(results) >= 2
    for other in results[1:]:
        for ours, theirs in zip(results[0], other, strict=True):
            np.testing.assert_allclose(theirs, ours, rtol=1e-4, atol=1e-5)


def test_every_timed_case_has_the_contenders_it_is_judged_by():
    for cases in cpu.GROUPS.values():
        for _, layer, settings in cases:
            assert contenders.inputs(layer, settings)[0].shape == settings["x"]


def test_contenders_take_turns_and_say_how_long_they_took():
    layer, settings = SMALL[0]
    with Contenders({"fast": ("contenders", "fast"), "naive": ("contenders", "naive")}, threads=1) as running:
        timed = running.time({"layer": layer, "passes": "forward", "settings": settings}, rounds=2, seconds=0.01)
        both = running.time({"layer": layer, "passes": "both", "settings": settings}, rounds=1, seconds=0)
    assert 0 < timed["fast"].low <= timed["fast"].seconds <= timed["fast"].high
    assert timed["naive"].seconds > timed["fast"].seconds
    assert list(both) == ["fast"]  # naive does not compete in both passes


def test_a_contender_that_dies_is_named():
    with (
        Contenders({"fast": ("contenders", "fast")}, threads=1) as running,
        pytest.raises(RuntimeError, match="the process of 'fast' ended"),
    ):
        running.time({"layer": "no_such_layer", "passes": "forward", "settings": {"x": (1,)}})


def test_a_ratio_that_grew_by_a_quarter_is_worth_a_warning():
    row = {"name": "lecture", "passes": "both", "ratio": 1.0}
    assert cpu.regressions(row, {("lecture", "both"): 0.81}) == []
    (warning,) = cpu.regressions(row, {("lecture", "both"): 0.79})
    assert warning.startswith("::warning")
    assert "lecture, both: 1.00 of PyTorch's time, stored is 0.79" in warning
    assert cpu.regressions(row, {}) == []


def test_a_check_on_other_threads_is_refused_and_not_ignored(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["cpu.py", "--check", "--threads", "1"])
    with pytest.raises(SystemExit) as stopped:
        cpu.arguments()
    assert stopped.value.code == 2 and "leave out --threads" in capsys.readouterr().err


def test_the_stored_figures_say_where_they_come_from():
    stored = json.loads((ROOT / "benchmarks" / "results" / "cpu.json").read_text())
    assert stored["date"] and stored["machine"]["cpu"] and stored["versions"]["numpy"]
    timed = {(row["name"], row["passes"], row["threads"]) for row in stored["rows"]}
    named = [name for cases in cpu.GROUPS.values() for name, *_ in cases]
    assert timed == {(name, passes, threads) for name in named for passes in ("forward", "both") for threads in (1, 2)}
    for row in stored["rows"]:
        assert row["ratio"] == row["times"]["fast"]["seconds"] / row["times"]["pytorch"]["seconds"]
