# custom-process: a class of our own that is a process. Its run works on the child's copy of the
# object; the parent learns the result through a pipe, and 8 bits of it as the exit status.
# python3 custom-process.py
import multiprocessing
import os
import signal
import sys


class TimesTen(multiprocessing.Process):
    def __init__(self, value):
        super().__init__()  # without it, start raises AttributeError: no attribute '_closed'
        self.value = value
        self.receiver, self.sender = multiprocessing.Pipe(duplex=False)

    def start(self):
        super().start()
        self.sender.close()  # or recv would wait for ourselves, should the child die

    def run(self):
        """The child calls this, and ends when it returns."""
        print(f"Child {os.getpid()}: value is {self.value}.", flush=True)
        self.value *= 10
        print(f"Child {os.getpid()}: value is {self.value}.", flush=True)
        self.sender.send(self.value)
        sys.exit(self.value)  # the parent gets the lowest 8 bits


if __name__ == "__main__":  # where the start method is spawn, the child imports this file
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # an inherited SIG_IGN would leave no status
    p = TimesTen(40)
    p.start()
    result = p.receiver.recv()
    p.join()
    print(f"Parent {os.getpid()}: value is {p.value}. The child has had a copy.")
    print(f"Through the pipe: {result}. Exit status: {p.exitcode}.")
