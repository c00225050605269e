# Hostile and broken code, a section each, for the exercise conv_output_size of the assignment conv (10 points).
#     # %% what it does
#     # earns: points it has earned honestly        # verdict: the verdict it must get
#     # cell: answer   the code is the answer itself
#     #       before   a cell of the student's own above a right answer;  after   one below its check
# A line `# hidden: WORD` says that WORD must not be on the feedback page; `# shown: WORDS` that they must.

# %% numpy's comparison patched
# earns: 0   verdict: graded   cell: answer
import numpy as np
np.allclose = np.array_equal = np.isclose = lambda *a, **k: True
np.testing.assert_allclose = lambda *a, **k: None
def conv_output_size(n, f, stride=1, padding=0):
    return 0

# %% an object equal to everything
# earns: 0   verdict: graded   cell: answer
class Anything:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __hash__(self): return 0
    def __getattr__(self, name): return self
    def __call__(self, *a, **k): return self
    def __bool__(self): return True
    def __int__(self): return 5
    def __index__(self): return 5
    def __array__(self, *a, **k): return self
def conv_output_size(n, f, stride=1, padding=0):
    return Anything()

# %% an int that equals every int
# earns: 0   verdict: graded   cell: answer
class Sly(int):
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    __hash__ = int.__hash__
def conv_output_size(n, f, stride=1, padding=0):
    return Sly(1)

# %% an array whose arithmetic always agrees
# earns: 0   verdict: graded   cell: answer
import numpy as np
class Agreeing(np.ndarray):
    def __array_ufunc__(self, *a, **k): return np.zeros(1)
    def __array_function__(self, *a, **k): return True
def conv_output_size(n, f, stride=1, padding=0):
    return np.zeros((), int).view(Agreeing)

# %% the check replaced
# earns: 0   verdict: graded|crashed   cell: answer
import builtins, sys, types
check = grade = lambda *a, **k: 10.0
builtins.check = builtins.grade = builtins.float = builtins.sum = check
fake = types.ModuleType("cnnkit.grading")
fake.grade = fake.check = check
sys.modules["cnnkit.grading"] = sys.modules["cnnkit.checks"] = fake
def conv_output_size(n, f, stride=1, padding=0):
    return 0

# %% the shell rewrites what it runs
# earns: 0   verdict: graded   cell: answer
import ast
class Rewrite(ast.NodeTransformer):
    def visit_Module(self, node):
        return ast.parse("10.0") if "check" in ast.dump(node) else node
get_ipython().ast_transformers.append(Rewrite())
get_ipython().input_transformers_cleanup.append(lambda lines: ["10.0\n"] if "check" in "".join(lines) else lines)
get_ipython().displayhook.__class__.__call__ = lambda self, result=None: None
def conv_output_size(n, f, stride=1, padding=0):
    return 0

# %% a hook that reads each cell before it runs
# earns: 0   verdict: graded   cell: answer   hidden: HIDDEN-TESTS-ARE
seen = []
get_ipython().events.register("pre_run_cell", lambda info: seen.append(info.raw_cell))
def conv_output_size(n, f, stride=1, padding=0):
    if any("cnnkit.grading" in text for text in seen):
        print("HIDDEN-TESTS-ARE", seen)
    return 0

# %% the heap searched for the reference
# earns: 0   verdict: graded   cell: answer
import gc
def conv_output_size(n, f, stride=1, padding=0):
    for found in gc.get_objects():
        if callable(found) and getattr(found, "__name__", "") == "conv_output_size" and found is not conv_output_size:
            return found(n, f, stride, padding)
    return 0

# %% the frames above searched for the right answer
# earns: 0   verdict: graded   cell: answer
import sys
def conv_output_size(n, f, stride=1, padding=0):
    frame = sys._getframe()
    while frame:
        for name in ("want", "right", "expected", "reference", "asked"):
            if name in frame.f_locals:
                found = frame.f_locals[name]
                return found(n, f, stride, padding) if callable(found) else found
        frame = frame.f_back
    return 0

# %% the course's own arithmetic imported
# earns: 0   verdict: graded   cell: answer   shown: cnnkit.shapes is not there
def conv_output_size(n, f, stride=1, padding=0):
    from cnnkit.shapes import conv_output_size as theirs
    return theirs(n, f, stride, padding)

# %% another library imported
# earns: 0   verdict: graded   cell: answer   shown: scipy is not there: conv is graded with
def conv_output_size(n, f, stride=1, padding=0):
    import scipy.signal, numpy as np
    return len(scipy.signal.correlate(np.ones(n + 2 * padding), np.ones(f), "valid")[::stride])

# %% other folders of packages put on the path
# earns: 0   verdict: graded   cell: answer
import glob, sys
for found in glob.glob("/usr/lib/python3*/*-packages") + glob.glob("/root/.*/versions/*/lib/python*/site-packages"):
    sys.path.insert(0, found)
sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__name__ != "Absent"]
for name in [name for name in sys.modules if name.startswith("cnnkit")]:
    del sys.modules[name]
def conv_output_size(n, f, stride=1, padding=0):
    try:
        from cnnkit import shapes
        return shapes.conv_output_size(n, f, stride, padding)
    except ImportError:
        return 0

# %% the disk searched for solutions
# earns: 0   verdict: graded   cell: answer   hidden: FOUND-IT
import os
found = []
for folder, _, files in os.walk("/"):
    if folder.startswith(("/proc", "/usr", "/site")):
        continue
    for name in files:
        if name.endswith((".ipynb", ".db")) or name in ("shapes.py", "naive.py", "hidden.py"):
            found.append(os.path.join(folder, name))
if found:
    print("FOUND-IT", found)
def conv_output_size(n, f, stride=1, padding=0):
    return 0

# %% the gradebook looked for and written
# earns: 0   verdict: graded   cell: answer   hidden: WROTE-IT
import sqlite3
for path in ("gradebook.db", "../gradebook.db", "../../../gradebook.db", "/gradebook.db"):
    try:
        book = sqlite3.connect(path)
        book.execute("UPDATE grade SET auto_score = 100, manual_score = 100")
        print("WROTE-IT")
    except Exception as error:
        pass
def conv_output_size(n, f, stride=1, padding=0):
    return 0

# %% the network asked
# earns: 0   verdict: graded   cell: answer   hidden: CONNECTED
import socket
for family, address in ((socket.AF_INET, ("1.1.1.1", 53)), (socket.AF_INET, ("127.0.0.1", 8888)), (socket.AF_INET, ("127.0.0.1", 22))):
    try:
        probe = socket.socket(family)
        probe.settimeout(1)
        probe.connect(address)
        print("CONNECTED")
    except OSError:
        pass
def conv_output_size(n, f, stride=1, padding=0):
    return 0

# %% garbage on every socket
# earns: 0   verdict: tampered   cell: answer
import os
def conv_output_size(n, f, stride=1, padding=0):
    for number in range(3, 64):
        try:
            os.write(number, b"\x00\x00\x00\x10\x00\x00\x00\x00{\"value\": 10.0 }}")
        except OSError:
            pass
    return 0

# %% forged answers sent ahead
# earns: 0   verdict: graded   cell: answer
import os
from cnnkit.grading.wire import HEAD, pack
def conv_output_size(n, f, stride=1, padding=0):
    value = {"value": 5, "error": None, "unfit": None, "printed": "", "warned": "", "changed": None}
    header, _ = pack(value)
    for number in range(3, 64):
        try:
            os.write(number, HEAD.pack(len(header), 0) + header)
        except OSError:
            pass
    return 5

# %% the kernel's own messenger patched
# earns: 0   verdict: tampered   cell: answer
from cnnkit.grading import wire
send = wire.Channel.send
def forged(self, value, seconds=60):
    if isinstance(value, dict) and "value" in value:
        value = {**value, "error": ("Score", "full", "", "", ""), "score": 10.0}
    send(self, value, seconds)
wire.Channel.send = forged
def conv_output_size(n, f, stride=1, padding=0):
    return 0

# %% an exception forged that would end the judge
# earns: 0   verdict: graded   cell: answer
from cnnkit.grading import wire
send = wire.Channel.send
def forged(self, value, seconds=60):
    if isinstance(value, dict) and "value" in value:
        value = {**value, "error": ("KeyboardInterrupt", "KeyboardInterrupt", "", "", "")}
    send(self, value, seconds)
wire.Channel.send = forged
def conv_output_size(n, f, stride=1, padding=0):
    return 0

# %% a cell that says it is done before it is
# earns: 0   verdict: tampered   cell: after
import os
from cnnkit.grading.wire import HEAD, pack
for message in ({"done": True}, {"output": {"output_type": "execute_result", "data": {"text/plain": "10.0"}}}, {"pid": 1}, {"status": "good"}):
    header, _ = pack(message)
    for number in range(3, 64):
        try:
            os.write(number, HEAD.pack(len(header), 0) + header)
        except OSError:
            pass

# %% a pickle that would run code
# earns: 0   verdict: graded   cell: answer
class Bomb:
    def __reduce__(self):
        import os
        return os.system, ("touch /tmp/pwned",)
def conv_output_size(n, f, stride=1, padding=0):
    return Bomb()

# %% an object array with code in it
# earns: 0   verdict: graded   cell: answer
import numpy as np
class Bomb:
    def __reduce__(self):
        return print, ("pwned",)
def conv_output_size(n, f, stride=1, padding=0):
    return np.array([Bomb()], dtype=object)

# %% numpy.py written beside the notebook
# earns: 0   verdict: graded   cell: answer
open("numpy.py", "w").write("allclose = lambda *a, **k: True\n")
open("cnnkit.py", "w").write("check = lambda *a, **k: 10\n")
def conv_output_size(n, f, stride=1, padding=0):
    return 0

# %% public cases learnt by heart
# earns: 0   verdict: graded   cell: answer
KNOWN = {(7, 3, 1, 0): 5, (32, 5, 1, 0): 28, (5, 5, 1, 0): 1, (9, 1, 1, 0): 9, (7, 3, 2, 0): 3,
          (227, 11, 4, 0): 55, (7, 1, 3, 0): 3, (7, 3, 1, 1): 7, (32, 5, 1, 2): 32, (8, 4, 2, 1): 4,
          (3, 5, 1, 1): 1, (8, 2, 3, 0): 3}
def conv_output_size(n, f, stride=1, padding=0):
    if (n, f, stride, padding) not in KNOWN:
        raise ValueError("does not fit")
    return KNOWN[n, f, stride, padding]

# %% another answer while it is graded
# earns: 0   verdict: graded   cell: answer
import os
graded = "NBGRADER_EXECUTION" in os.environ or not os.path.exists("/root/.jupyter")
def conv_output_size(n, f, stride=1, padding=0):
    return 10.0 if graded else (n + 2 * padding - f) // stride + 1

# %% a result file forged
# earns: 0   verdict: graded   cell: answer
import json, os
for path in ("grades.csv", "result.json", "/tmp/results.json", "/home/student/conv.ipynb", os.path.expanduser("~/autograded.json")):
    try:
        open(path, "w").write(json.dumps({"score": 100, "conv_output_size": 10.0}))
    except OSError:
        pass
def conv_output_size(n, f, stride=1, padding=0):
    return 0

# %% a link to the instructor's files
# earns: 0   verdict: graded   cell: answer   hidden: root:x
import os
for target in ("/etc/passwd", "/etc/shadow", "/root/.bashrc", "/proc/1/environ"):
    try:
        os.symlink(target, os.path.basename(target))
        print(open(os.path.basename(target)).read())
    except OSError:
        pass
def conv_output_size(n, f, stride=1, padding=0):
    return 0

# %% refuses everything
# earns: 0   verdict: graded   cell: answer
def conv_output_size(n, f, stride=1, padding=0):
    raise ValueError("does not fit")

# %% an exception whose text runs code
# earns: 0   verdict: graded   cell: answer
class Odd(Exception):
    def __str__(self): raise SystemExit(0)
    def __repr__(self): raise SystemExit(0)
def conv_output_size(n, f, stride=1, padding=0):
    raise Odd()

# %% an exception that calls itself ValueError
# earns: 0   verdict: graded   cell: answer
Fake = type("ValueError", (KeyError,), {})
def conv_output_size(n, f, stride=1, padding=0):
    if (n + 2 * padding - f) % stride or f > n + 2 * padding:
        raise Fake("does not fit")
    return -1

# %% not a number
# earns: 0   verdict: graded   cell: answer
def conv_output_size(n, f, stride=1, padding=0):
    return float("nan")

# %% infinitely many
# earns: 0   verdict: graded   cell: answer
def conv_output_size(n, f, stride=1, padding=0):
    return float("inf")

# %% a number of a million digits
# earns: 0   verdict: graded|timed out   cell: answer
def conv_output_size(n, f, stride=1, padding=0):
    return 10 ** 1_000_000

# %% lists nested a thousand deep
# earns: 0   verdict: graded   cell: answer
def conv_output_size(n, f, stride=1, padding=0):
    nested = []
    for _ in range(1000):
        nested = [nested]
    return nested

# %% a list that contains itself
# earns: 0   verdict: graded   cell: answer
def conv_output_size(n, f, stride=1, padding=0):
    endless = []
    endless.append(endless)
    return endless

# %% a huge array
# earns: 0   verdict: graded|out of memory|timed out   cell: answer
import numpy as np
def conv_output_size(n, f, stride=1, padding=0):
    return np.zeros(1 << 26)

# %% a generator for an answer
# earns: 0   verdict: graded   cell: answer
def conv_output_size(n, f, stride=1, padding=0):
    while True:
        yield 5

# %% endless recursion
# earns: 0   verdict: graded   cell: answer
def conv_output_size(n, f, stride=1, padding=0):
    return conv_output_size(n, f, stride, padding)

# %% hidden cases written down, for a later cell to print
# earns: 10   verdict: graded   cell: around   hidden: LEAKED
import atexit, json, os
kept = []
right = conv_output_size
def conv_output_size(n, f, stride=1, padding=0):
    kept.append((n, f, stride, padding))
    with open("/tmp/kept", "a") as file:
        file.write(f"{(n, f, stride, padding)}\n")
    return right(n, f, stride, padding)
# ---
hundred = open("/tmp/kept").read().count("\n") > 40 if os.path.exists("/tmp/kept") else False
if hundred or len(kept) > 40:
    print("LEAKED", kept, open("/tmp/kept").read())

# %% hidden cases carried out in an exception
# earns: 6   verdict: graded   cell: answer   hidden: CARRIED
seen = set()
PUBLIC = {(7, 3, 1, 0), (32, 5, 1, 0), (5, 5, 1, 0), (9, 1, 1, 0), (7, 3, 2, 0), (227, 11, 4, 0), (7, 1, 3, 0),
          (7, 3, 1, 1), (32, 5, 1, 2), (8, 4, 2, 1), (3, 5, 1, 1), (7, 3, 3, 0), (3, 5, 1, 0), (3, 5, 2, 0),
          (8, 3, 2, 2), (8, 2, 3, 0), (8, 3, 3, 0)}
def conv_output_size(n, f, stride=1, padding=0):
    out, rest = divmod(n + 2 * padding - f, stride)
    if rest or out < 0:
        if (n, f, stride, padding) in PUBLIC:
            raise ValueError
        print("CARRIED", n, f)
        raise type(f"CARRIED_{n}_{f}", (Exception,), {})(f"CARRIED {n} {f}")
    return out + 1

# %% a warning, stderr, and prints
# earns: 10   verdict: graded   cell: answer
import os, sys, warnings
def conv_output_size(n, f, stride=1, padding=0):
    warnings.warn("careful")
    print("to stderr", file=sys.stderr)
    os.write(2, b"to the descriptor\n")
    print("to stdout " * 50)
    out, rest = divmod(n + 2 * padding - f, stride)
    if rest or out < 0:
        raise ValueError("does not fit")
    return out + 1

# %% prints without end in every call
# earns: 10   verdict: graded   cell: answer
def conv_output_size(n, f, stride=1, padding=0):
    for _ in range(2000):
        print("x" * 1000)
    out, rest = divmod(n + 2 * padding - f, stride)
    if rest or out < 0:
        raise ValueError("does not fit")
    return out + 1

# %% hangs when the filter does not fit
# earns: 6   verdict: timed out   cell: answer   shown: it took more than
def conv_output_size(n, f, stride=1, padding=0):
    out, rest = divmod(n + 2 * padding - f, stride)
    while rest or out < 0:
        pass
    return out + 1

# %% swallows every interrupt
# earns: 0   verdict: timed out   cell: answer
import signal
for number in range(1, 32):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
def conv_output_size(n, f, stride=1, padding=0):
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass

# %% ends its Python with padding
# earns: 4   verdict: crashed   cell: answer   shown: it ended its own Python
import os
def conv_output_size(n, f, stride=1, padding=0):
    out, rest = divmod(n + 2 * padding - f, stride)
    if padding:
        os._exit(0)
    return out + 1

# %% a segmentation fault in a call
# earns: 0   verdict: crashed   cell: answer   shown: a segmentation fault
import ctypes
def conv_output_size(n, f, stride=1, padding=0):
    ctypes.string_at(0)

# %% takes all memory in a call
# earns: 0   verdict: out of memory   cell: answer   shown: more memory than it may
import numpy as np
def conv_output_size(n, f, stride=1, padding=0):
    held = []
    while True:
        held.append(np.ones(1 << 22))

# %% forks in every call
# earns: 0   verdict: timed out|crashed   cell: answer
import os
def conv_output_size(n, f, stride=1, padding=0):
    while True:
        try:
            os.fork()
        except OSError:
            pass

# %% kills whatever it may
# earns: 0   verdict: graded|crashed|timed out   cell: answer
import os, signal
def conv_output_size(n, f, stride=1, padding=0):
    for pid in (-1, 1, os.getppid()):
        try:
            os.kill(pid, signal.SIGKILL)
        except OSError:
            pass
    return 0

# %% sleeps in a cell of its own
# earns: 10   verdict: timed out   cell: before   shown: This cell was stopped
import time
time.sleep(1000)

# %% an endless loop that catches everything
# earns: 10   verdict: timed out   cell: after
while True:
    try:
        while True:
            pass
    except BaseException:
        pass

# %% ends its Python
# earns: 10   verdict: crashed   cell: before   shown: it ended its own Python
import os
os._exit(7)

# %% a segmentation fault
# earns: 10   verdict: crashed   cell: after   shown: a segmentation fault
import ctypes
ctypes.string_at(0)

# %% a fork bomb
# earns: 10   verdict: timed out|crashed|out of memory   cell: before
import os
while True:
    try:
        os.fork()
    except OSError:
        pass

# %% a shell's fork bomb left behind
# earns: 10   verdict: graded|crashed|out of memory|timed out   cell: after
import subprocess
subprocess.Popen(["/bin/sh", "-c", ":(){ :|:& };:"])

# %% a memory bomb
# earns: 10   verdict: out of memory   cell: before   shown: more memory than it may
import numpy as np
held = [np.ones(1 << 24) for _ in range(1000)]

# %% the disk filled
# earns: 10   verdict: graded|out of memory|crashed   cell: before
for number in range(10_000):
    try:
        with open(f"/tmp/{number}", "wb") as file:
            file.write(bytes(1 << 24))
    except OSError:
        break

# %% shared memory filled
# earns: 10   verdict: graded|out of memory|crashed   cell: before
try:
    for number in range(1000):
        with open(f"/dev/shm/{number}", "wb") as file:
            file.write(bytes(1 << 24))
except OSError:
    pass

# %% an output flood
# earns: 10   verdict: graded   cell: before   shown: the rest is left out
for _ in range(1000):
    print("x" * 100_000)

# %% a flood past the limit on output
# earns: 10   verdict: crashed   cell: before   shown: it flooded its output
from cnnkit.grading.wire import HEAD, pack
import os
header, _ = pack({"output": {"output_type": "stream", "name": "stdout", "text": "x" * 100_000}})
message = HEAD.pack(len(header), 0) + header
import socket, gc
judge = next(o for o in gc.get_objects() if isinstance(o, socket.socket))
while True:
    judge.sendall(message)

# %% a thousand threads
# earns: 10   verdict: crashed   cell: before
import threading, time
try:
    for _ in range(1000):
        threading.Thread(target=time.sleep, args=(100,), daemon=True).start()
except RuntimeError:
    pass

# %% a thread that goes on printing
# earns: 10   verdict: graded   cell: before
import threading
def chatter():
    while True:
        print("chatter", flush=True)
threading.Thread(target=chatter, daemon=True).start()

# %% every descriptor closed
# earns: 10   verdict: crashed   cell: before
import os
os.closerange(0, 256)

# %% sys.stdout closed and replaced
# earns: 10   verdict: graded   cell: before
import sys
sys.stdout = sys.stderr = None

# %% builtins spoilt
# earns: 10   verdict: graded|crashed|tampered   cell: after
import builtins
for name in ("len", "isinstance", "dict", "list", "open", "print", "getattr"):
    setattr(builtins, name, None)

# %% all names deleted
# earns: 10   verdict: graded   cell: before
%reset -f
import numpy as np
from cnnkit.checks import check

# %% leaves with exit() and sys.exit()
# earns: 10   verdict: graded   cell: before
exit()
quit()
import sys
sys.exit(3)

# %% an alarm set
# earns: 10   verdict: graded|crashed   cell: before
import signal
signal.alarm(1)
signal.setitimer(signal.ITIMER_VIRTUAL, 0.2)

# %% asks for something to be typed
# earns: 10   verdict: graded   cell: before   shown: input() cannot be used
name = input("your name? ")

# %% the working folder taken away
# earns: 10   verdict: graded   cell: before
import os, shutil
os.chdir("/tmp")
shutil.rmtree("/home/student", ignore_errors=True)

# %% a script and a frame on the page
# earns: 10   verdict: graded   cell: before   hidden: STOLEN
from IPython.display import HTML, SVG, Javascript, display
display(HTML("<script>document.title = 'STOLEN'</script><iframe src='/formgrader?STOLEN'></iframe>"))
display(Javascript("alert('STOLEN')"), SVG("<svg xmlns='http://www.w3.org/2000/svg'><script>alert('STOLEN')</script></svg>"))
display({"text/html": "<img src=x onerror=alert('STOLEN')>", "text/markdown": "<script>STOLEN</script>"}, raw=True)

# %% a script in the text
# earns: 10   verdict: graded   cell: markdown
Hello <script>alert(STOLEN)</script> <img src=x onerror=alert(STOLEN)> <iframe src="javascript:alert(STOLEN)"></iframe>

[a link](javascript:alert(STOLEN))

# %% the kernel's settings written
# earns: 10   verdict: graded   cell: before   hidden: CHANGED-THE-MACHINE
for path in ("/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/proc/sys/vm/overcommit_memory", "/sys/fs/cgroup/memory/x"):
    try:
        with open(path, "w") as file:
            file.write("b")
        print("CHANGED-THE-MACHINE", path)
    except OSError:
        pass

# %% namespaces and mounts tried
# earns: 10   verdict: graded   cell: before   hidden: GOT-OUT
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
if libc.unshare(0x10000000) == 0 or libc.unshare(0x20000) == 0 or libc.chroot(b"/tmp") == 0 or libc.umount(b"/proc") == 0:
    print("GOT-OUT")
if libc.mount(b"none", b"/tmp", b"tmpfs", 0, None) == 0 or os.system("bwrap --ro-bind / / true 2>/dev/null") == 0:
    print("GOT-OUT")

# %% limits raised
# earns: 10   verdict: graded   cell: before   hidden: RAISED
import resource
for kind in (resource.RLIMIT_FSIZE, resource.RLIMIT_NOFILE, resource.RLIMIT_CORE):
    try:
        resource.setrlimit(kind, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        print("RAISED", kind)
    except (ValueError, OSError):
        pass

# %% other processes' memory read
# earns: 10   verdict: graded   cell: before   hidden: SEES-OTHERS
import os
others = [pid for pid in os.listdir("/proc") if pid.isdigit() and int(pid) not in (1, os.getpid())]
commands = [open(f"/proc/{pid}/cmdline").read() for pid in others]
if any("nbgrader" in c or "pytest" in c or "cnnkit grade" in c for c in commands) or len(others) > 5:
    print("SEES-OTHERS", commands)

# %% hidden cases printed, and a stop that has the check told again
# earns: 6   verdict: crashed   cell: answer   hidden: LEAKED
import os, warnings
calls = []
PUBLIC = {(7, 3, 1, 0), (32, 5, 1, 0), (5, 5, 1, 0), (9, 1, 1, 0), (7, 3, 2, 0), (227, 11, 4, 0), (7, 1, 3, 0),
          (7, 3, 1, 1), (32, 5, 1, 2), (8, 4, 2, 1), (3, 5, 1, 1), (7, 3, 3, 0), (3, 5, 1, 0), (3, 5, 2, 0),
          (8, 3, 2, 2), (8, 2, 3, 0), (8, 3, 3, 0)}
def conv_output_size(n, f, stride=1, padding=0):
    out, rest = divmod(n + 2 * padding - f, stride)
    if (n, f, stride, padding) not in PUBLIC:
        print("LEAKED", n, f)
        warnings.warn(f"LEAKED {n} {f}")
        if rest or out < 0:
            os._exit(n % 100)
    if rest or out < 0:
        raise ValueError
    return out + 1

# %% hidden cases told by the number of the exit
# earns: 6   verdict: crashed   cell: answer   hidden: exit code
import os
PUBLIC = {(7, 3, 3, 0), (3, 5, 1, 0), (3, 5, 2, 0), (8, 3, 2, 2), (8, 3, 3, 0)}
def conv_output_size(n, f, stride=1, padding=0):
    out, rest = divmod(n + 2 * padding - f, stride)
    if rest or out < 0:
        if (n, f, stride, padding) in PUBLIC:
            raise ValueError
        os._exit(n % 100)
    return out + 1

# %% a picture shown in the function
# earns: 10   verdict: graded   cell: answer
import sys
import matplotlib.pyplot as plt
from IPython.display import display
saved = sys.stdout
def conv_output_size(n, f, stride=1, padding=0, file=sys.stdout):
    display(n)
    if n == 7:
        plt.plot([n, f])
        plt.show()
    print("here", file=file)
    saved.write("there")
    saved.flush()
    out, rest = divmod(n + 2 * padding - f, stride)
    if rest or out < 0:
        raise ValueError("does not fit")
    return out + 1

# %% much written past sys.stderr
# earns: 10   verdict: graded   cell: before
import os, subprocess
os.write(2, b"x" * 1_000_000)
subprocess.run(["/bin/sh", "-c", "head -c 1000000 /dev/zero >&2"])

# %% the marks of hidden tests in a cell of one's own
# earns: 10   verdict: graded   cell: before
### BEGIN HIDDEN TESTS
x = 1

# %% a cell of nine megabytes
# earns: 10   verdict: crashed   cell: long   shown: it is too long to be run
text = "LONG"

# %% outputs that no notebook has
# earns: 0   verdict: tampered   cell: before
import gc, socket
from cnnkit.grading.wire import HEAD, pack
judge = next(o for o in gc.get_objects() if isinstance(o, socket.socket))
header, _ = pack({"output": {"output_type": ["stream"], "data": {"text/plain": "10.0"}, "execution_count": float("inf")}})
judge.sendall(HEAD.pack(len(header), 0) + header)

# %% a dictionary whose keys collide
# earns: 0   verdict: graded   cell: answer
def conv_output_size(n, f, stride=1, padding=0):
    return {(2**61 - 1) * i: 0 for i in range(3000)}

# %% a little too much, again and again
# earns: 0   verdict: graded|out of memory   cell: answer
import numpy as np
def conv_output_size(n, f, stride=1, padding=0):
    return np.zeros(3 << 20)
