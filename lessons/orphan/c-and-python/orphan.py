# orphan: a process whose parent ends is adopted, by the nearest subreaper above it, else by init.
# python3 orphan.py
import os
import signal
import sys


def comm(pid):
    """The name of a process."""
    try:
        with open(f"/proc/{pid}/comm") as f:
            return f.read().rstrip("\n")
    except OSError:
        return "unknown here"  # no /proc, or not allowed to look


def grandchild(word, go):
    print(f"Grandchild {os.getpid()}: my parent is {os.getppid()}.")
    os.write(word, b"!")  # lets the middle one exit
    os.read(go, 1)  # end of file: the middle one has ended, and was waited for
    parent = os.getppid()
    print(f"Grandchild {os.getpid()}: my parent is now {parent} ({comm(parent)}).")
    print(f"In another terminal: pstree -psT {os.getpid()}\nThen press Enter.")
    sys.stdin.readline()
    os._exit(0)


sys.stdout.reconfigure(line_buffering=True)
signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # if it was ignored, waitpid would fail with ECHILD
word_out, word_in = os.pipe()  # from the grandchild
go_out, go_in = os.pipe()  # to the grandchild
middle = os.fork()
if middle == 0:
    os.close(go_in)  # a process that holds this end keeps the grandchild waiting
    if os.fork() == 0:
        grandchild(word_in, go_out)
    os.read(word_out, 1)
    os._exit(0)  # does not wait: its child becomes an orphan

os.close(word_in)
_, status = os.waitpid(middle, 0)
if status != 0:
    sys.exit("the middle process has failed")
print(f"First {os.getpid()}: the middle process, {middle}, has ended.")
os.close(go_in)
# When the grandchild ends, so does the pipe that it holds.
os.read(word_out, 1)
print(f"First {os.getpid()}: the grandchild has ended. Only its adopter can wait for it.")
