# zombie: a child that has ended, and that its parent has not waited for.
# python3 zombie.py
import os
import signal
import sys


def look(pid):
    """Ask for the status of a child that has ended, and leave the zombie in place (WNOWAIT)."""
    info = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    how = "exited" if info.si_code == os.CLD_EXITED else "been killed"
    print(f"waitid({pid}, WNOWAIT): it has {how}, status {info.si_status}.")


sys.stdout.reconfigure(line_buffering=True)
# Whoever started us may have ignored SIGCHLD: then there are no zombies.
signal.signal(signal.SIGCHLD, signal.SIG_DFL)
pid = os.fork()
if pid == 0:
    os._exit(7)

look(pid)  # blocks until the child has ended
print(f"Child {pid} of {os.getpid()} is a zombie: an entry in the process table.")
print(f"In another terminal: ps -o pid,ppid,stat,args -p {pid}\nThen press Enter.")
sys.stdin.readline()

os.kill(pid, signal.SIGKILL)
print(f"kill({pid}, SIGKILL) succeeds, and changes nothing: the dead can't be killed.")
look(pid)

_, status = os.waitpid(pid, 0)
if os.WIFEXITED(status):
    print(f"waitpid({pid}): exit status {os.WEXITSTATUS(status)}.")
try:
    os.kill(pid, 0)  # signal 0 only asks whether it could be sent
    sys.exit(f"{pid} is still there")
except ProcessLookupError as error:
    print(f"kill({pid}, 0): {error.strerror}. The zombie is gone.")
