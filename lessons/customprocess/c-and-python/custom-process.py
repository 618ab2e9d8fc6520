# custom-process: a class of our own that is a process. Its run works on the child's copy of the
# object; the parent learns the result through a pipe.
# python3 custom-process.py
import multiprocessing
import os


class TimesTen(multiprocessing.Process):
    def __init__(self, value):
        super().__init__()
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


if __name__ == "__main__":  # where the start method is spawn, the child imports this file
    p = TimesTen(2)
    p.start()
    result = p.receiver.recv()
    p.join()
    print(f"Parent {os.getpid()}: value is {p.value}. The child has had a copy of the object.")
    print(f"Through the pipe: {result}. Exit status: {p.exitcode}.")
