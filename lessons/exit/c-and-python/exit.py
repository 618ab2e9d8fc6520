# exit: what wait sees of how a child ended, and what os._exit skips that sys.exit does.
# python3 exit.py
import atexit
import os
import signal
import sys

signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # if inherited as ignored, no status would be kept
# What ends in \n is written; the rest stays in a buffer (even under python3 -u).
sys.stdout.reconfigure(line_buffering=True, write_through=False)


def wait_for(pid):
    return os.waitpid(pid, 0)[1]


for code in 0, 7, 300:
    pid = os.fork()
    if pid == 0:
        os._exit(code)
    s = wait_for(pid)  # of 300, eight bits get through
    assert os.WIFEXITED(s)
    print(f"_exit({code}): status 0x{s:04x}, WEXITSTATUS {os.WEXITSTATUS(s)}")

pid = os.fork()
while pid == 0:
    signal.pause()
os.kill(pid, signal.SIGKILL)
s = wait_for(pid)
assert os.WIFSIGNALED(s)
sig = os.WTERMSIG(s)
print(f"SIGKILL: status 0x{s:04x}, WIFSIGNALED {os.WIFSIGNALED(s):d}, WTERMSIG {sig}. "
      f"A shell says 128+{sig} = {128 + sig}, Python {os.waitstatus_to_exitcode(s)}.")

# sys.exit raises SystemExit. If nobody catches it, Python calls the atexit handlers, flushes its
# buffers, and ends. os._exit ends at once.
for way in sys.exit, os._exit:
    print(f"The last words of a child that calls {way.__name__}: ", end="", flush=True)
    pid = os.fork()
    if pid == 0:
        atexit.register(print, "[atexit handler]", end="")
        print("[buffered]", end="")
        way(0)
    wait_for(pid)
    print()

print(f"[printed once, by {os.getpid()}]", end="")  # into the buffer; fork copies the buffer
pid = os.fork()
if pid == 0:
    sys.exit(0)  # writes its copy. So flush before fork, or let the child call os._exit.
wait_for(pid)
print(" (and written twice)")
