"""What became of a submission: one word, and the reasons behind it as a student reads them."""

from dataclasses import dataclass, field

KEPT = "cnnkit"  # the key of a notebook's metadata
# The gravest last. `graded` is the only one without a reason.
KINDS = ("graded", "crashed", "timed out", "out of memory", "tampered", "malformed")


@dataclass
class Verdict:
    """The verdict on one notebook, as it is stored in its metadata.

    reasons  (kind, sentence) in the order in which they came up
    seed     of the hidden cases: the run can be repeated with it
    """

    reasons: list[tuple[str, str]] = field(default_factory=list)
    seed: int | None = None

    @property
    def kind(self) -> str:
        return max((kind for kind, _ in self.reasons), key=KINDS.index, default="graded")

    @property
    def told(self) -> list[str]:
        return list(dict.fromkeys(sentence for _, sentence in self.reasons))

    def add(self, kind: str, sentence: str) -> None:
        self.reasons.append((kind, sentence))

    def keep_in(self, notebook) -> None:
        notebook.metadata[KEPT] = {"reasons": [list(reason) for reason in self.reasons], "seed": self.seed}

    @classmethod
    def of(cls, notebook) -> "Verdict":
        """The verdict kept in a notebook's metadata."""
        found = notebook.metadata.get(KEPT, {})
        return cls([tuple(reason) for reason in found.get("reasons", ())], found.get("seed"))
