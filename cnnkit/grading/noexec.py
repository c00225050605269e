"""No other program may be started from this process, for good: a filter on system calls (seccomp, Linux)."""

import ctypes
import platform

ALLOW, REFUSE = 0x7FFF0000, 0x00050001  # SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO with EPERM
LOAD, EQUAL, LESS, RETURN = 0x20, 0x15, 0x35, 0x06  # of the Berkeley packet filter; LESS is "at least"
SYSTEMS = {"x86_64": (0xC000003E, (59, 322)), "aarch64": (0xC00000B7, (221, 281))}  # AUDIT_ARCH, execve and execveat


class Instruction(ctypes.Structure):
    _fields_ = [("code", ctypes.c_ushort), ("yes", ctypes.c_ubyte), ("no", ctypes.c_ubyte), ("value", ctypes.c_uint)]


class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("first", ctypes.POINTER(Instruction))]


def forbid_programs() -> bool:
    """Install the filter; False where it cannot be had (another processor, an old kernel)."""
    if platform.machine() not in SYSTEMS:
        return False
    architecture, (execve, execveat) = SYSTEMS[platform.machine()]
    steps = [
        (LOAD, 0, 0, 4),  # the architecture that the call is made for
        (EQUAL, 0, 4, architecture),
        (LOAD, 0, 0, 0),  # the number of the call
        (LESS, 2, 0, 0x40000000),  # calls of x32
        (EQUAL, 1, 0, execve),
        (EQUAL, 0, 1, execveat),
        (RETURN, 0, 0, REFUSE),
        (RETURN, 0, 0, ALLOW),
    ]
    filter_ = (Instruction * len(steps))(*(Instruction(*step) for step in steps))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(38, 1, 0, 0, 0)  # PR_SET_NO_NEW_PRIVS
    return libc.prctl(22, 2, ctypes.byref(Program(len(steps), filter_))) == 0  # PR_SET_SECCOMP, SECCOMP_MODE_FILTER
