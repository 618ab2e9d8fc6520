# fork: one call, two returns. Then there are two processes, and each has a variable a of its own.
# python3 fork.py
import contextlib
import mmap
import os
import resource
import signal
import sys

sys.stdout.reconfigure(line_buffering=True)  # fork copies unflushed output as well: keep none
signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # ignored, which may be inherited, wait would fail
a = 1
b = memoryview(mmap.mmap(-1, mmap.PAGESIZE)).cast("i")  # mapped to be shared (MAP_SHARED)
b[0] = 1

pid = os.fork()

# From here on two processes run this program. The next statement stands here once; each
# process runs it. Which of them comes first is not specified.
print(f"PID {os.getpid()}: finished calling fork, which returned {pid}.")

if pid == 0:
    # The child has a copy of all of the parent's memory, so of its objects and names as well.
    a = 10000
    b[0] = 10000  # this page was mapped to be shared, and stays one
    print(f"Child {os.getpid()}: a is {a}, b is {b[0]}.")
    os._exit(404)  # not sys.exit, which would go on in this copy of the parent: see exit.py

_, status = os.waitpid(pid, 0)
print(f"Parent {os.getpid()}: a is {a}, b is {b[0]}.")
if os.WIFEXITED(status):  # 404 & 0xff: only eight bits of an exit status get through
    print(f"The child called _exit(404). Its status is {os.WEXITSTATUS(status)}.")

# fork fails where the user may have no more processes, who must not be root. os.fork then raises
# an error; it never returns a negative number.
resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))
with contextlib.suppress(OSError):  # whoever can't become another user is not root
    os.setuid(65534)
try:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
except OSError as error:
    print(f"At a limit of one: {type(error).__name__}: {error.strerror}.")
