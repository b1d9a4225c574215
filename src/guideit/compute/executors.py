"""Where work runs: a `concurrent.futures` seam. Processes here; a cluster's executor fits the same place."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any, ParamSpec, TypeVar

from guideit.errors import GuideitError

P = ParamSpec("P")
T = TypeVar("T")
R = TypeVar("R")


class InlineExecutor(Executor):
    """Runs each task at once, in this process."""

    def submit(self, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        """Run `fn` now; the future is done when this returns."""
        future: Future[R] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as raised:  # noqa: BLE001 the future carries it to whoever asks for the result
            future.set_exception(raised)
        return future


@contextmanager
def open_executor(workers: int, *, fork: bool = False) -> Iterator[Executor]:
    """An executor with `workers` processes, or this process for one; an error drops work not begun.

    Args:
        workers: How many.
        fork: Begin workers at once as copies of this process, where the system can: sooner there, but only for a
            process without threads and open databases.
    """
    if workers <= 1:
        yield InlineExecutor()
        return
    context = multiprocessing.get_context(_start_method(fork))
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_die_with, initargs=(os.getpid(),))
    if fork:
        pool.submit(os.getpid).result()  # forks now, before anybody starts a thread
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _start_method(fork: bool) -> str:
    if sys.platform != "linux":
        return "spawn"
    return "fork" if fork else "forkserver"


def run(
    executor: Executor, function: Callable[[T], R], tasks: Iterable[T], *, in_flight: int, ordered: bool = False
) -> Iterator[R]:
    """Results as they are done, or in the order of the tasks; never more than `in_flight` waiting or running.

    Raises:
        GuideitError: A worker process died; what was recorded so far stays.
        Exception: Whatever `function` raised.
    """
    source, pending = iter(tasks), dict[Future[R], None]()  # a set that keeps its order
    try:
        while _top_up(executor, function, source, pending, max(1, in_flight)):
            done = {next(iter(pending))} if ordered else wait(pending, return_when=FIRST_COMPLETED).done
            for future in done:
                del pending[future]
                yield future.result()
    except BrokenProcessPool as broken:
        raise GuideitError(
            "a worker process died",
            why="killed, or out of memory",
            do="type the same line again to go on; GUIDEIT_WORKERS=1 needs less memory",
        ) from broken
    finally:
        for future in pending:
            future.cancel()


def _top_up(
    executor: Executor,
    function: Callable[[T], R],
    source: Iterator[T],
    pending: dict[Future[R], None],
    in_flight: int,
) -> bool:
    """Submit tasks until `in_flight` are pending; False when all work is done."""
    while len(pending) < in_flight:
        try:
            pending[executor.submit(function, next(source))] = None
        except StopIteration:
            break
    return bool(pending)


def _die_with(parent: int) -> None:
    """Make this worker end when the process that asked for the work ends, even by SIGKILL.

    Workers ignore Ctrl-C: their parent decides. On Linux the kernel signals the death of the fork server,
    which itself ends with its owner; elsewhere a thread watches.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        libc: Any = ctypes.CDLL(None, use_errno=True)
        libc.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    _watch(parent)


def _watch(parent: int) -> None:
    """A thread that ends this process once `parent` is gone."""
    import threading
    import time

    def look() -> None:
        while _alive(parent):
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=look, daemon=True, name="parent-watch").start()


def _alive(pid: int) -> bool:
    if sys.platform == "win32":
        return True  # the pool's pipe breaks there when the parent ends
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
