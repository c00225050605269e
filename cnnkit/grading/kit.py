"""What there is inside the sandbox: a Python, the packages an assignment allows, the harmless part of `cnnkit`, images.

No reference layers, no checks, no solutions, no gradebook: what is not mounted cannot be read.
"""

import functools
import importlib.metadata
import importlib.util
import os
import re
import site
import subprocess
import sys
import sysconfig
from pathlib import Path

from packaging.requirements import Requirement

from .. import data
from ..notebooks import KERNEL_ENVIRONMENT, ROOT

SITE, KIT, HOME = "/site", "/kit", "/home/student"
ALWAYS = ("numpy", "matplotlib", "ipython", "matplotlib-inline")
STUB = "cnnkit/grading/stub_checks.py"
MODULES = {  # path inside -> path in the repository; what is missing here is absent inside
    **{path: path for path in (
        "cnnkit/__init__.py", "cnnkit/errors.py", "cnnkit/progress.py", "cnnkit/data.py", "cnnkit/plots/__init__.py",
        "cnnkit/plots/style.py", "cnnkit/checks/values.py", "cnnkit/checks/call.py", "cnnkit/checks/tensors.py",
        "cnnkit/grading/wire.py", "cnnkit/grading/inside.py", "cnnkit/grading/limits.py",
        "cnnkit/grading/noexec.py",
    )},
    "cnnkit/checks/__init__.py": STUB,
}  # fmt: skip
ABSENT = [f"cnnkit.{part}" for part in ("layers", "shapes", "networks", "training", "notebooks", "cli")]


def mounts(libraries: tuple[str, ...]) -> list[str]:
    """bubblewrap's arguments that lay out the file system: everything read-only but memory-backed scratch."""
    return [*_system(), *_packages(libraries), *_course(), *_matplotlib_cache()]


def _bind(source, target) -> list[str]:
    return ["--ro-bind", str(source), str(target)]


@functools.cache
def _system() -> tuple[str, ...]:
    """The operating system and Python's standard library, without the packages installed beside it."""
    arguments = _bind("/usr", "/usr")
    for name in ("bin", "sbin", "lib", "lib32", "lib64"):
        path = Path("/", name)
        if path.is_symlink():
            arguments += ["--symlink", os.readlink(path), str(path)]
        elif path.is_dir():
            arguments += _bind(path, path)
    for name in ("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives", "localtime", "fonts"):
        if Path("/etc", name).exists():
            arguments += _bind(f"/etc/{name}", f"/etc/{name}")
    base = Path(sys.base_prefix)
    if not base.is_relative_to("/usr"):
        arguments += _bind(base, base)
    for folder in _other_packages(base):
        arguments += ["--size", "4096", "--tmpfs", str(folder)]
    return tuple(arguments)


def _other_packages(base: Path) -> list[Path]:
    """Folders of packages that Python's own installation and the system bring along."""
    named = [*site.getsitepackages([str(base), "/usr", "/usr/local"]), "/usr/lib/python3/dist-packages"]
    return [folder for folder in dict.fromkeys(map(Path, named)) if folder.is_dir()]


@functools.cache
def processes() -> tuple[str, ...]:
    """/proc with everything in it read-only but the sandbox's own processes.

    Where root grades, a process in the sandbox still owns the kernel's settings there, and could change the machine's.
    """
    arguments = ["--proc", "/proc"]
    for path in Path("/proc").iterdir():
        if path.name.isdigit() or path.is_symlink():
            continue
        if path.is_dir() or path.stat().st_mode & 0o222:
            arguments += _bind(path, path)
    return tuple(arguments)


@functools.cache
def _packages(libraries: tuple[str, ...]) -> tuple[str, ...]:
    """The packages and what they need, each mounted by itself below /site."""
    arguments = []
    for package in _closure((*ALWAYS, *libraries)).values():
        for name in sorted({file.parts[0] for file in package.files or ()} - {"..", "__pycache__"}):
            source = package.locate_file(name)
            if source.exists():
                arguments += _bind(source, f"{SITE}/{name}")
    return tuple(arguments)


def _closure(names) -> dict[str, importlib.metadata.Distribution]:
    """The named distributions and, in turn, those they require."""
    found, waiting = {}, list(names)
    while waiting:
        name = re.sub(r"[-_.]+", "-", waiting.pop()).lower()
        if name in found:
            continue
        try:
            found[name] = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            continue
        required = map(Requirement, found[name].requires or ())
        waiting += [r.name for r in required if r.marker is None or r.marker.evaluate({"extra": ""})]
    return found


@functools.cache
def absent(libraries: tuple[str, ...]) -> list[str]:
    """The top-level modules that are installed here and not inside, and the parts of cnnkit that are not."""
    inside = {Path(target).name.split(".")[0] for target in _packages(libraries)[2::3]}
    here = {name.split(".")[0] for name in os.listdir(sysconfig.get_path("purelib")) if "-info" not in name}
    return sorted(name for name in here - inside - {"cnnkit"} if name.isidentifier()) + ABSENT


@functools.cache
def _course() -> tuple[str, ...]:
    """The harmless part of cnnkit, and the files with the images, where `cnnkit.data` looks for them."""
    arguments = []
    for inside, path in MODULES.items():
        arguments += _bind(ROOT / path, f"{KIT}/{inside}")
    for module, path in data.FILES:
        spec = importlib.util.find_spec(module)
        source = Path(spec.submodule_search_locations[0], path) if spec else None
        if source and source.is_file():
            arguments += _bind(source, f"{SITE}/{module}/{path}")
    return tuple(arguments)


@functools.cache
def _matplotlib_cache() -> tuple[str, ...]:
    """Matplotlib's list of fonts: without it, it takes seconds to look for them in every sandbox."""
    folder = ROOT / "_build" / "matplotlib"
    if not list(folder.glob("fontlist-*.json")):
        folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-c", "import matplotlib.font_manager"]
        subprocess.run(command, env={**os.environ, "MPLCONFIGDIR": str(folder)}, capture_output=True, check=True)
    arguments = []
    for file in folder.glob("fontlist-*.json"):
        arguments += _bind(file, f"{HOME}/.matplotlib/{file.name}")
    return tuple(arguments)


def environment() -> dict[str, str]:
    """The variables inside, all of them."""
    return {
        **KERNEL_ENVIRONMENT,
        "OPENBLAS_NUM_THREADS": "1",
        "HOME": HOME,
        "USER": "student",
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "TMPDIR": "/tmp",
        "MPLCONFIGDIR": f"{HOME}/.matplotlib",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "NBGRADER_EXECUTION": "autograde",
        **{name: os.environ[name] for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE") if name in os.environ},
    }
