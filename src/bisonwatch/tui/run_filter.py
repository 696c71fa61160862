"""The filter of the runs: `text`, `!text`, `job:accounts`, `outcome:failed`, `@main` or `@main/12`; all terms must hold. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from bisonwatch.domain.history import Standing, Wish
from bisonwatch.domain.ids import parse_key
from bisonwatch.domain.run import Job, Outcome, RunState
from bisonwatch.errors import CallError

HINT = "text  !text  job:accounts  outcome:failed  @main"
_STANDINGS: dict[str, tuple[Standing, ...]] = {
    "success": (Outcome.SUCCESS,),
    "ok": (Outcome.SUCCESS,),
    "partial": (Outcome.PARTIAL,),
    "failed": (Outcome.FAILED,),
    "bad": (Outcome.FAILED, Outcome.PARTIAL),
    "cancelled": (Outcome.CANCELLED,),
    "running": (RunState.RUNNING,),
    "queued": (RunState.QUEUED,),
}


@dataclass(frozen=True, slots=True)
class RunFilter:
    """A parsed filter; `error` says what could not be understood (that term is then ignored)."""

    wish: Wish = field(default_factory=Wish)
    error: str | None = None


def parse(source: str, *, everything: bool = False) -> RunFilter:
    """A filter from what a person typed; never raises, because it runs at every key."""
    wish, error = Wish(everything=everything), None
    for word in source.split():
        told = _term(wish, word)
        if isinstance(told, str):
            error = error or told
        else:
            wish = told
    return RunFilter(wish, error)


def _term(wish: Wish, word: str) -> Wish | str:
    low = word.casefold()
    if low.startswith("job:"):
        return _job(wish, low[4:])
    if low.startswith(("outcome:", "state:")):
        return _standing(wish, low.partition(":")[2])
    if low.startswith("@"):
        return _place(wish, word[1:])
    if low.startswith("!") and len(low) > 1:
        return replace(wish, without=(*wish.without, low[1:]))
    return replace(wish, words=(*wish.words, low))


def _job(wish: Wish, word: str) -> Wish | str:
    """All jobs that begin so; the word of several `job:` terms may be any of them."""
    found = frozenset(job for job in Job if word and job.value.startswith(word))
    if not found:
        return f"no job '{word}': {', '.join(Job)}" if word else "job: wants a word, such as job:accounts"
    return replace(wish, jobs=found | (wish.jobs or frozenset()))


def _standing(wish: Wish, word: str) -> Wish | str:
    found = [them for name, them in _STANDINGS.items() if word and name.startswith(word)]
    if not found:
        words = ", ".join(_STANDINGS)
        return f"no outcome '{word}': {words}" if word else "outcome: wants a word, such as outcome:failed"
    return replace(wish, standings=frozenset(found[0]) | (wish.standings or frozenset()))


def _place(wish: Wish, word: str) -> Wish | str:
    """`main/12` is a workspace, `ma` the beginning of an instance's name."""
    if "/" not in word:
        return replace(wish, instance=word or None)
    try:
        return replace(wish, workspace=parse_key(word))
    except CallError as error:
        return error.message
