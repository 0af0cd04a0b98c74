"""Whether our measures agree with ir_measures and trec_eval on hard random runs.

Runs with ties (some only as float32), 0 and −0, grades below 0, topics of one item, without anything relevant, never
judged, judged and not returned (``ritornello.testing.peers``). Reported per measure: how many topics were compared, the
largest difference, and how many topics differ by more than 1e-9.

    python benchmarks/measures_agree.py --on 2026-11-21 [--topics 100000] [--seed 1]
"""

import argparse
import json
from datetime import date

import numpy as np

from machine import facts, sentence
from ritornello.testing.peers import differences

BLOCK = 2_000
LARGEST = 1e-9


def main() -> None:
    """Compare block by block; print what was found, and the whole as JSON in the last line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--on", required=True, type=date.fromisoformat)
    parser.add_argument("--topics", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    machine, rng = facts(given.on), np.random.default_rng(given.seed)
    n_compared, largest = dict[str, int](), dict[str, float]()
    for _ in range(0, given.topics, BLOCK):
        for name, n, furthest in differences(BLOCK, rng):
            n_compared[name] = n_compared.get(name, 0) + n
            largest[name] = max(largest.get(name, 0.0), furthest)
    apart = sorted(name for name, furthest in largest.items() if furthest > LARGEST)
    print(f"measures against ir_measures and pytrec_eval on {sentence(machine)}")
    for name, furthest in largest.items():
        print(f"  {name:32} {n_compared[name]:>9,} topics, largest difference {furthest:.1e}")
    print(f"apart by more than {LARGEST:g}: {', '.join(apart) or 'none'}")
    found = {"n_compared": n_compared, "largest": largest, "apart": apart}
    print(json.dumps({"measures_agree": found, "machine": machine}, ensure_ascii=False))


if __name__ == "__main__":
    main()
