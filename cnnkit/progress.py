"""One progress bar for everything that takes a while, shown only where somebody is watching."""

import os
import sys


class Silent:
    """Stands in for a bar where none is wanted: it has a bar's methods and does nothing."""

    total = 0

    def update(self, steps: int = 1) -> None: ...

    def reset(self) -> None: ...

    def set_postfix_str(self, text: str) -> None: ...

    def close(self) -> None: ...


def bar(total: int, label: str, unit: str = "step"):
    """A tqdm bar of `total` steps where a person is watching, else an object that does nothing.

    Silent without tqdm, when TQDM_DISABLE, CI or CNNKIT_PROGRESS=0 is set in the environment, and wherever
    nobody could type: output to a file, or a notebook that is executed by a program (nbconvert, nbval, nbgrader).
    A bar leaves nothing behind when it is closed.

    >>> quiet = bar(10, "training")
    >>> quiet.update(10); quiet.close()
    """
    kind = _kind()
    if kind is None:
        return Silent()
    return kind(total=total, desc=label, unit=unit, unit_scale=unit == "B", leave=False, dynamic_ncols=True)


def _kind():
    """The tqdm class to use here, or None for silence."""
    switched_off = os.environ.get("TQDM_DISABLE", "0") not in ("", "0") or os.environ.get("CNNKIT_PROGRESS") == "0"
    if switched_off or os.environ.get("CI"):
        return None
    notebook = _in_live_notebook()
    if not notebook and not (sys.stderr is not None and sys.stderr.isatty()):
        return None
    try:
        if notebook:
            import ipywidgets  # noqa: F401  (tqdm warns on stderr without it)
            from tqdm.notebook import tqdm
        else:
            from tqdm import tqdm
    except ImportError:
        return None
    return tqdm


def _in_live_notebook() -> bool:
    """Whether this is a notebook kernel with a person in front of it.

    A program that executes a notebook tells the kernel that there is no keyboard (allow_stdin is false in its
    request); an editor with a reader in front of it says that there is one.
    """
    if "IPython" not in sys.modules:
        return False
    shell = sys.modules["IPython"].get_ipython()
    kernel = getattr(shell, "kernel", None)
    return bool(getattr(kernel, "_allow_stdin", False))
