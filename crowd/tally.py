"""What happened, counted."""

import statistics
import time
from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Tally:
    """One run. The list of failures decides whether it was a good one."""

    users: int
    begun: float = field(default_factory=time.monotonic)
    requests: int = 0
    seconds: dict[str, list[float]] = field(default_factory=dict)
    sent_away: Counter[str] = field(default_factory=Counter)
    cut_off: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    # What the logs say of those that are faults.
    logged: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    searched: Counter[str] = field(default_factory=Counter)
    disturbances: Counter[str] = field(default_factory=Counter)
    # What has to have happened for the run to prove anything.
    expected: frozenset[str] = frozenset()
    finished: int = 0
    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    left_behind: list[str] = field(default_factory=list)
    swept: int = 0
    runs_again: int = 0
    computed: int = 0
    cleared: int = 0
    ended: float = 0.0

    def served(self, step: str, seconds: float) -> None:
        self.seconds.setdefault(step, []).append(seconds)

    def add_search(self, other: "Tally") -> None:
        """What was seen by people who are counted apart."""
        self.foreign += other.foreign
        self.searched += other.searched

    def good(self) -> bool:
        bad = self.failures or self.foreign or self.lost or self.twice or self.left_behind
        return not bad and not self.missing() and self.finished == self.users

    def missing(self) -> list[str]:
        """Disturbances that were to happen and did not."""
        return sorted(self.expected - {what for what, times in self.disturbances.items() if times})

    def table(self) -> str:
        took = (self.ended or time.monotonic()) - self.begun
        every = sorted(second for times in self.seconds.values() for second in times)
        rows = [
            ("users", f"{self.users}"),
            ("journeys finished", f"{self.finished}"),
            ("duration", f"{took:.0f} s"),
            ("requests", f"{self.requests}"),
            ("throughput", f"{self.requests / took:.1f} requests/s"),
            ("answered", f"{len(every)}"),
            *((f"told to wait ({kind})", f"{count}") for kind, count in sorted(self.sent_away.items())),
            ("cut off by a kill, repeated", f"{sum(self.cut_off.values())}"),
            ("errors", _listed(self.failures) or "0"),
            *((("in the logs", _first(self.logged)),) if self.logged else ()),
            *_percentiles("answer time", every),
            ("results computed", f"{self.computed}"),
            ("results started again after a kill", f"{self.runs_again}"),
            ("sessions deleted with all in them", f"{self.cleared}"),
            ("results lost", _first(self.lost)),
            ("results computed twice", _first(self.twice)),
            ("objects of killed processes, swept", f"{self.swept}"),
            ("objects left behind", _first(self.left_behind)),
            ("disturbances", _listed(self.disturbances) or "none"),
            *((("did not happen", ", ".join(self.missing())),) if self.missing() else ()),
            ("searched for foreign canaries", _listed(self.searched)),
            ("foreign canaries seen", _first(self.foreign)),
        ]
        wide = max(len(name) for name, _ in rows)
        return "\n".join(f"| {name:{wide}} | {value} |" for name, value in rows)

    def steps(self) -> str:
        lines = []
        for step, times in sorted(self.seconds.items()):
            middle = statistics.median(times)
            lines.append(f"| {step:24} | {len(times):7} | {middle:8.3f} | {max(times):8.3f} |")
        return "\n".join(["| step | answered | median s | longest s |", "|---|---|---|---|", *lines])


def _percentiles(name: str, ordered: list[float]) -> list[tuple[str, str]]:
    if not ordered:
        return []
    found = [ordered[min(len(ordered) - 1, int(len(ordered) * share))] for share in (0.5, 0.95, 0.99)]
    return [(f"{name} p50 / p95 / p99", " / ".join(f"{value * 1000:.0f} ms" for value in found))]


def _listed(counter: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counter.most_common())


def _first(found: list[str]) -> str:
    return "0" if not found else f"{len(found)}: " + "; ".join(found[:10])
