"""What an adoption would take, or took, in words and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bisonwatch.domain.adoption import How, Known, Match, Verdict
from bisonwatch.store.adopt.registry import Target
from bisonwatch.store.adopt.tally import Dispute, Sample, Tally


@dataclass(frozen=True, slots=True)
class Report:
    """What is looked at; `off` are workspaces that were switched off there and are on here."""

    matches: Sequence[Match]
    targets: Sequence[Target]
    off: Sequence[Known]
    tally: Tally

    @property
    def empty(self) -> bool:
        verdicts = self.tally.verdicts
        return not (verdicts[Verdict.TAKEN] or verdicts[Verdict.NEW] or self.new_targets or self.off)

    @property
    def new_targets(self) -> list[Target]:
        return [target for target in self.targets if target.taken]


def lines(report: Report) -> list[str]:
    """Workspaces, then what the registry says of them, then leads; what is skipped says what to do."""
    return [
        *_workspaces(report.matches),
        *_targets(report.targets),
        *_unread(report.matches),
        *_off(report.off),
        *_leads(report.tally),
    ]


def _workspaces(matches: Sequence[Match]) -> list[str]:
    found = [match for match in matches if match.key is not None]
    count = {how: sum(1 for match in found if match.how is how) for how in How}
    ways = ", ".join(f"{n} {how.value}" for how, n in count.items() if n)
    told = [f"workspaces: {len(found)} of {len(matches)} matched" + (f" ({ways})" if ways else "")]
    told += [f"  {m.old.name} -> {m.key} {m.how.value}" for m in found if m.how is not How.NAME]
    for match in matches:
        if match.how is How.AMBIGUOUS:
            among = ", ".join(str(key) for key in match.candidates)
            told.append(
                f"  skipped: {match.old.name} is ambiguous: {among} (--map '{match.old.name}=INSTANCE/ID')"
            )
        elif match.how is How.UNKNOWN:
            told.append(f"  skipped: {match.old.name} is unknown here (--map '{match.old.name}=INSTANCE/ID')")
    return told


def _targets(targets: Sequence[Target]) -> list[str]:
    new = [target for target in targets if target.taken]
    told = [f"KPI targets: {len(new)} to take"]
    told += [f"  {target.name} ({target.workspace}): {target.theirs:,}" for target in new]
    return told + [
        f"  kept: {target.name} ({target.workspace}) has {target.ours:,} here, {target.theirs:,} there"
        for target in targets
        if not target.taken
    ]


def _unread(matches: Sequence[Match]) -> list[str]:
    return [
        f"  left: '{value}', the {column} of {match.old.name}, cannot be read"
        for match in matches
        if match.key is not None
        for column, value in match.old.unread
    ]


def _off(off: Sequence[Known]) -> list[str]:
    told = [f"switched off there: {len(off)} to switch off"]
    return told + [f"  {item.name} ({item.key}): bisonwatch will ask nothing of it any more" for item in off]


def _leads(tally: Tally) -> list[str]:
    count = tally.verdicts
    told = [f"stages: {count[Verdict.TAKEN]:,} to take"]
    told += _samples(tally.samples.get(Verdict.TAKEN, ()), count[Verdict.TAKEN])
    told.append(f"leads unknown here: {count[Verdict.NEW]:,} to take")
    told += _samples(tally.samples.get(Verdict.NEW, ()), count[Verdict.NEW])
    left = {
        "the same here": count[Verdict.SAME],
        "set by a person here, which stays": count[Verdict.KEPT],
        "automatic there, so no person's word": count[Verdict.AUTOMATIC],
        "of workspaces that are skipped": tally.skipped,
        "without an address or a workspace": tally.unreadable,
    }
    told += [f"  {n:,} left as they are: {why}" for why, n in left.items() if n]
    return told + _doubles(tally) + _senseless(tally)


def _doubles(tally: Tally) -> list[str]:
    told = []
    if tally.merged:
        told.append(f"rows of a lead that has another row there: {tally.merged:,} merged with it")
    if tally.disputed:
        told.append(f"leads with several stages of persons there: {tally.disputed:,}, the newest counts")
        told += [_dispute(item) for item in tally.disputes]
    more = tally.disputed - len(tally.disputes)
    return told + ([f"  and {more:,} more"] if more else [])


def _dispute(item: Dispute) -> str:
    return f"  {item.email} in {item.workspace}: {item.stage}, not {', '.join(item.beaten)}"


def _senseless(tally: Tally) -> list[str]:
    if not tally.unread:
        return []
    columns = ", ".join(f"{name} {n:,}" for name, n in sorted(tally.unread.items()))
    return [f"values of leads that cannot be read, left empty: {columns}"]


def _samples(samples: Sequence[Sample], count: int) -> list[str]:
    told = [
        f"  {item.email} in {item.workspace}: "
        + (item.theirs or "no stage" if item.ours is None else f"{item.ours} -> {item.theirs}")
        for item in samples
    ]
    return told + ([f"  and {count - len(samples):,} more"] if count > len(samples) else [])


def ended(report: Report) -> str:
    """One line."""
    count = report.tally.verdicts
    targets, taken, new = len(report.new_targets), count[Verdict.TAKEN], count[Verdict.NEW]
    off = f"switched off {len(report.off):,}, " if report.off else ""
    return f"taken over: KPI targets {targets:,}, {off}stages {taken:,}, leads unknown here {new:,}"


def as_json(report: Report, *, done: bool) -> dict[str, object]:
    """`done`: it was taken over; else it would be."""
    tally = report.tally
    return {
        "done": done,
        "workspaces": [
            {
                "old": match.old.name,
                "workspace": str(match.key) if match.key else None,
                "how": match.how.value,
                "candidates": [str(key) for key in match.candidates],
            }
            for match in report.matches
        ],
        "targets": [
            {"workspace": str(t.workspace), "ours": t.ours, "theirs": t.theirs, "taken": t.taken}
            for t in report.targets
        ],
        "switched_off": [str(item.key) for item in report.off],
        "unread": [
            {"old": match.old.name, "column": column, "value": value}
            for match in report.matches
            for column, value in match.old.unread
        ],
        "leads": {verdict.name.lower(): tally.verdicts[verdict] for verdict in Verdict}
        | {"skipped": tally.skipped, "unreadable": tally.unreadable}
        | {"merged": tally.merged, "disputed": tally.disputed},
        "unread_of_leads": dict(sorted(tally.unread.items())),
        "disputes": [
            {"workspace": str(d.workspace), "lead": d.email, "stage": d.stage, "beaten": list(d.beaten)}
            for d in tally.disputes
        ],
        "samples": {
            verdict.name.lower(): [
                {"workspace": str(s.workspace), "lead": s.email, "ours": s.ours, "theirs": s.theirs}
                for s in samples
            ]
            for verdict, samples in tally.samples.items()
        },
    }
