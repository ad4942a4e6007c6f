"""Is a difference between two rankings more than luck?

Both engines answered the same queries, so their values come in pairs, and under the
hypothesis "they do not differ" each pair might as well have been the other way round.
"""

from __future__ import annotations

from collections.abc import Sequence

FLIPS = 10_000


def paired_randomisation(a: Sequence[float], b: Sequence[float], flips: int = FLIPS) -> float:
    """The two-sided p-value of ``mean(a) - mean(b)``, by random exchange within pairs.

    ``a`` and ``b`` hold one value per query, in the same order. Each of ``flips`` trials
    exchanges every pair with probability one half; p is the share of trials whose mean
    difference is at least as far from zero as the observed one, the observed one counted
    in (so p is never below ``1 / (flips + 1)``). The seed is fixed: the same figures give
    the same p. Smucker, Allan & Carterette, CIKM 2007.

    >>> paired_randomisation([0.5, 0.5], [0.5, 0.5])
    1.0
    >>> 0.001 < paired_randomisation([1.0] * 10, [0.0] * 10) < 0.004     # exactly 2 / 2**10
    True
    """
    import numpy as np

    difference = np.asarray(a, dtype=np.float64) - np.asarray(b, dtype=np.float64)
    difference = difference[difference != 0]  # exchanging equals changes nothing
    if not len(difference):
        return 1.0
    observed = abs(float(difference.sum()))
    rng = np.random.default_rng(20260101)
    as_far = 0
    rows = max(1, 2_000_000 // len(difference))  # 16 MB of signs at a time
    for start in range(0, flips, rows):
        shape = (min(rows, flips - start), len(difference))
        sums = np.abs(rng.choice(np.array([-1.0, 1.0]), shape) @ difference)
        # Equal sums added in another order differ in their last bits.
        as_far += int(np.count_nonzero(sums >= observed * (1 - 1e-12)))
    return (as_far + 1) / (flips + 1)
