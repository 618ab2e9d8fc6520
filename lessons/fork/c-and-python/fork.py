# fork: one call, two returns. Then there are two processes, and each has a variable a of its own.
# python3 fork.py
import os
import sys

sys.stdout.reconfigure(line_buffering=True)  # fork copies unflushed output as well: keep none
a = 1

pid = os.fork()

# From here on two processes run this program. The next statement stands here once; each
# process runs it. Which of them comes first is not specified.
print(f"PID {os.getpid()}: finished calling fork, which returned {pid}.")

if pid == 0:
    # The child has a copy of all of the parent's memory, so of its objects and names as well.
    a = 10000
    print(f"Child {os.getpid()}: a is {a}.")
    os._exit(404)  # not sys.exit, which would go on in this copy of the parent: see exit.py

_, status = os.waitpid(pid, 0)
print(f"Parent {os.getpid()}: a is {a}.")
if os.WIFEXITED(status):  # 404 & 0xff: only eight bits of an exit status get through
    print(f"The child called _exit(404). Its status is {os.WEXITSTATUS(status)}.")
