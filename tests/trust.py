"""Measure how far the marks can be trusted, and write `book/trust.json`, which the book's page on it shows.

    make trust        (some ten minutes on two cores)

Runs the hostile, the damaged, the wrong and the right hand-ins, and times the judge beside stock nbgrader.
"""

import datetime
import importlib.metadata
import json
import os
import platform
import subprocess
import sys
from collections import Counter

import cost
import pytest
from commands import ROOT

from cnnkit.grading.course import assignments

WRITTEN = ROOT / "book" / "trust.json"


class Tally:
    """What the tests of a folder report of themselves."""

    def __init__(self):
        self.rows = []

    def pytest_runtest_logreport(self, report):
        if report.when == "call" and report.user_properties:
            self.rows.append({**dict(report.user_properties), "passed": report.passed})


def run(folder: str) -> list[dict]:
    tally = Tally()
    if pytest.main(["-q", "--no-header", str(ROOT / "tests" / folder)], plugins=[tally]):
        sys.exit(f"tests/{folder} fails: nothing is written")
    return tally.rows


def by_verdict(rows: list[dict]) -> dict:
    return {"hand-ins": len(rows), "verdicts": dict(sorted(Counter(row["verdict"] for row in rows).items()))}


def by_assignment(rows: list[dict]) -> dict:
    counted = {}
    for name in assignments():
        own = [row for row in rows if row["assignment"] == name]
        counted[name] = {"answers": len(own), "named": sum(row.get("named", False) for row in own)}
    return counted


def provenance() -> dict:
    bwrap = subprocess.run(["bwrap", "--version"], capture_output=True, text=True).stdout.split()[-1]
    packages = {name: importlib.metadata.version(name) for name in ("nbgrader", "numpy", "torch")}
    return {"date": str(datetime.date.today()), "cores": os.cpu_count(), "system": platform.system(),
            "python": platform.python_version(), "bubblewrap": bwrap, **packages}  # fmt: skip


if __name__ == "__main__":
    found = {
        "hostile": by_verdict(run("adversarial/test_code.py")),
        "damaged": by_verdict(run("adversarial/test_damaged.py")),
        "wrong": by_assignment(run("wrong")),
        "right": by_assignment(run("right")),
        "cost": cost.measure(assignments(), repeats=3),
        "measured": provenance(),
    }
    WRITTEN.write_text(json.dumps(found, indent=1) + "\n")
    print(f"{WRITTEN} written")
