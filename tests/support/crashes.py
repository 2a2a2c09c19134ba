"""Writes that are cut short: an act is killed before the first of its writes, then before the second, until it ends."""

import os
import pkgutil
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from unittest.mock import patch


class Killed(BaseException):
    """Not an Exception, so that no handler takes it for a failure that it could deal with."""


def kill_before_each(writes: tuple[str, ...], act: Callable[[], object]) -> Iterator[int]:
    """Do it in a process of its own that is killed for good; yield after each kill."""
    for step in count():
        child = os.fork()
        if not child:
            try:
                with _fatal(writes, step, lambda: os.kill(os.getpid(), signal.SIGKILL)):
                    act()
            finally:
                os._exit(0)
        if not os.WIFSIGNALED(os.waitpid(child, 0)[1]):
            return
        yield step


def raise_before_each(writes: tuple[str, ...], act: Callable[[], object]) -> Iterator[int]:
    """Do it in this process, which costs less, with `Killed` raised; yield after each."""
    for step in count():
        try:
            with _fatal(writes, step, _raise):
                act()
        except Killed:
            yield step
        else:
            return


def _raise() -> None:
    raise Killed


@contextmanager
def _fatal(writes: tuple[str, ...], step: int, die: Callable[[], object]) -> Iterator[None]:
    steps = count()
    with ExitStack() as patches:
        for write in writes:
            original = pkgutil.resolve_name(write)
            patches.enter_context(patch(write, _dying(original, die, lambda: next(steps) == step)))
        yield


def _dying(
    write: Callable[..., object], die: Callable[[], object], is_due: Callable[[], bool]
) -> Callable[..., object]:
    def dying(*args: object, **kwargs: object) -> object:
        if is_due():
            die()
        return write(*args, **kwargs)

    return dying
