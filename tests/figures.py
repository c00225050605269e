"""What the tests of the figures share: drawing without a window, and figures closed after each test."""

import matplotlib
import pytest

matplotlib.use("Agg")

import matplotlib.pyplot as plt  # noqa: E402


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def texts(fig):
    return {text.get_text() for ax in fig.axes for text in ax.texts}
