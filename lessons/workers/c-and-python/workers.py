# workers: three jobs side by side take as long as the longest, not as long as their sum.
# python3 workers.py      (python3 workers.py 100: a hundred times slower, to watch in ps)
import multiprocessing
import signal
import sys
import time

JOBS = {"eat": 0.2, "sleep": 0.3, "play": 0.1}  # in seconds


def job(seconds):
    time.sleep(seconds)


def main():
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # an inherited SIG_IGN would leave no status
    slower = float(sys.argv[1]) if len(sys.argv) > 1 else 1
    print(f"Start method: {multiprocessing.get_start_method()}.", flush=True)
    begun = time.monotonic()  # unlike the time of day, it is never put back
    workers = []
    for name, seconds in JOBS.items():
        # A daemon is terminated when this process exits normally, or by an exception. If this
        # process is killed by SIGKILL, nobody does that.
        worker = multiprocessing.Process(
            target=job, name=name, args=(seconds * slower,), daemon=True)
        worker.start()  # from now on, worker.daemon = … is an AssertionError
        print(f"Started {name}: PID {worker.pid}, {seconds * slower:.1f} s.", flush=True)
        workers.append(worker)

    longest = workers[1]
    longest.join(timeout=0.01)  # when the time is up, it is this wait that ends, not the process
    print(f"After join(timeout=0.01), {longest.name}: is_alive() {longest.is_alive()}, "
          f"daemon {longest.daemon}, exitcode {longest.exitcode}.", flush=True)

    for worker in workers:
        worker.join()  # waits for the process, and so reaps it
        print(f"Ended {worker.name}: PID {worker.pid}, is_alive() {worker.is_alive()}, "
              f"status {worker.exitcode}.", flush=True)
    wall = time.monotonic() - begun
    seconds = [s * slower for s in JOBS.values()]
    print(f"The longest: {max(seconds):.1f} s. The sum: {sum(seconds):.1f} s. "
          f"All three, by the clock: {wall:.2f} s.")


if __name__ == "__main__":  # where the start method is spawn, each child imports this file
    main()
