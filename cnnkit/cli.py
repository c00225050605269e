"""The `cnnkit` command: what maintainers and instructors do with the course, a word each."""

import argparse
import os
import sys
import time
from pathlib import Path

from .errors import CourseError


def main(arguments: list[str] | None = None) -> int:
    """Run one command; print a sentence and return 1 when something is for the user to put right."""
    sys.stdout.reconfigure(errors="backslashreplace")  # a folder's name need not be valid text
    options = parser().parse_args(arguments)
    try:
        return options.run(options) or 0
    except CourseError as error:
        print(f"cnnkit: {error}", file=sys.stderr)
    except OSError as error:
        print(f"cnnkit: cannot read or write a file: {error}", file=sys.stderr)
    except ModuleNotFoundError as error:
        print(f"cnnkit: this needs the package {error.name}: run it in a checkout, after `make setup`", file=sys.stderr)
    except KeyboardInterrupt:
        print("\ncnnkit: stopped", file=sys.stderr)
        return 130
    return 1


def parser() -> argparse.ArgumentParser:
    """The map of the commands; `cnnkit --help` prints it."""
    root = argparse.ArgumentParser(prog="cnnkit", description=__doc__, epilog="More on one: cnnkit COMMAND --help")
    commands = root.add_subparsers(metavar="COMMAND", required=True)

    notebooks = commands.add_parser("notebooks", help="re-run notebooks and store them in their normal form")
    notebooks.add_argument("paths", nargs="*", type=Path, help="which ones (default: every chapter and solution)")
    notebooks.add_argument("--check", action="store_true", help="run nothing; only name the rules they break")
    notebooks.set_defaults(run=_notebooks)

    exercises = commands.add_parser("exercises", help="generate exercises/ from solutions/")
    exercises.add_argument("--check", action="store_true", help="write nothing; fail when they have drifted apart")
    exercises.set_defaults(run=_exercises)

    paper = commands.add_parser("pdf", help="print the built book into one PDF, with the browser Chromium")
    paper.add_argument("--book", type=Path, metavar="DIR", help="the built pages (default: _build/html)")
    paper.add_argument("--to", type=Path, metavar="FILE", help="default: _build/pdf/cnn-course.pdf")
    paper.set_defaults(run=_pdf)

    grade = commands.add_parser("grade", help="grade what was handed in: marks, feedback pages, grades.csv")
    grade.add_argument("assignments", nargs="*", metavar="ASSIGNMENT", help="which ones (default: all)")
    grade.add_argument("--student", action="append", metavar="NAME", help="only this one; may be repeated")
    grade.add_argument("--class-dir", type=Path, metavar="DIR", help="where the class is (default: the repository)")
    grade.add_argument("--force", action="store_true", help="also what has not changed since it was graded")
    grade.add_argument("--seed", type=int, help="of the hidden cases, to repeat a run (default: a new one each)")
    grade.add_argument("--no-sandbox", action="store_true", help="DANGEROUS: run student code with your own rights")
    grade.set_defaults(run=_grade)

    data = commands.add_parser("data", help="list the image sets, or download one")
    data.add_argument("name", nargs="?", help="mnist, fashion_mnist or cifar10")
    data.set_defaults(run=_data)
    return root


def _notebooks(options) -> int:
    from . import notebooks

    paths = options.paths or notebooks.chapters() + notebooks.solutions()
    if not paths:
        raise CourseError(f"there are no notebooks below {notebooks.ROOT}: run this in a checkout, after `make setup`")
    found = 0
    for path in paths:
        if not options.check:
            print(f"{path.name} ...", end=" ", flush=True)
            print("stored" if notebooks.refresh(path) else "unchanged")
        for problem in notebooks.problems(path):
            found += 1
            print(f"{path}: {problem}")
    return 1 if found else 0


def _exercises(options) -> int:
    from .grading import release

    if not options.check:
        changed = release.update()
        print(f"exercises/: {', '.join(changed)} written" if changed else "exercises/ is up to date")
        return 0
    drifted = release.differences(release.generate())
    if drifted:
        raise CourseError(f"exercises/ is not what solutions/ makes ({', '.join(drifted)}): run `make exercises`")
    return 0


def _pdf(options) -> int:
    from . import notebooks, paper

    built = options.book or notebooks.ROOT / "_build" / "html"
    target = options.to or notebooks.ROOT / "_build" / "pdf" / "cnn-course.pdf"
    pages = paper.write(built, target)
    print(f"{target}: {pages} pages")
    return 0


def _grade(options) -> int:
    from .grading import batch, report
    from .grading.course import Course, assignments
    from .grading.sandbox import UNSHUT

    if options.seed is not None:
        os.environ["CNNKIT_SEED"] = str(options.seed)
    if options.no_sandbox:
        print(f"{'!' * 72}\nNO SANDBOX: {UNSHUT}.\n{'!' * 72}", file=sys.stderr)
    home = options.class_dir.resolve() if options.class_dir else Course.home
    course = Course(home, sandbox=not options.no_sandbox)
    found = batch.submissions(course, options.assignments, options.student)
    for path in batch.strays(course):
        print(f"left alone: {path} (not a submission)")
    results = []
    started = time.monotonic()
    for number, result in enumerate(batch.grade_all(course, found, options.force), start=1):
        seconds, started = time.monotonic() - started, time.monotonic()
        place = f"[{number:>{len(str(len(found)))}}/{len(found)}]"
        print(f"{place} {result.submission}: {result.done} in {seconds:.1f} s", flush=True)
        for reason in result.reasons:
            print(f"        {reason}")
        results.append(result)
    report.write_csv(course)
    report.write_verdicts(course, results)
    print(f"\n{report.table(report.scores(course), assignments())}\n")
    print(f"marks     {course.grades}\nverdicts  {course.verdicts}")
    print(f"feedback  {course.feedback}/STUDENT/ASSIGNMENT/ASSIGNMENT.html")
    ungraded = [r for r in results if r.done in ("refused", "malformed")]
    if ungraded:
        print(
            f"\n{len(ungraded)} of {len(found)} submissions could not be graded; the reasons are above", file=sys.stderr
        )
    return 1 if ungraded else 0


def _data(options) -> int:
    from . import data

    downloads = {"mnist": data.mnist, "fashion_mnist": data.fashion_mnist, "cifar10": data.cifar10}
    if options.name is None:
        print("offline    digits, mnist5k, photo (astronaut, chelsea, coffee)")
        print(f"download   {', '.join(downloads)}   into {data.cache_folder()}")
        return 0
    if options.name not in downloads:
        raise CourseError(f"no set to download is called {options.name!r}; there are: {', '.join(downloads)}")
    for train in (True, False):
        x, _ = downloads[options.name](train=train)
        print(f"{options.name}, {'training' if train else 'test'} images: {x.shape}")
    return 0
