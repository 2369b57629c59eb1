"""Zachary's karate club: a small graph of friendships, and the two clubs into which it broke up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: For each member the friends with a higher number; whoever is missing has none.
_FRIENDS = {
    0: (1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 17, 19, 21, 31),
    1: (2, 3, 7, 13, 17, 19, 21, 30),
    2: (3, 7, 8, 9, 13, 27, 28, 32),
    3: (7, 12, 13),
    4: (6, 10),
    5: (6, 10, 16),
    6: (16,),
    8: (30, 32, 33),
    9: (33,),
    13: (33,),
    14: (32, 33),
    15: (32, 33),
    18: (32, 33),
    19: (33,),
    20: (32, 33),
    22: (32, 33),
    23: (25, 27, 29, 32, 33),
    24: (25, 27, 31),
    25: (31,),
    26: (29, 33),
    27: (33,),
    28: (31, 33),
    29: (32, 33),
    30: (32, 33),
    31: (32, 33),
    32: (33,),
}

#: The members who went with the instructor, member 0; the others stayed with the president, member 33.
_WITH_INSTRUCTOR = (0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 16, 17, 19, 21)


@dataclass(frozen=True, repr=False)
class KarateClub:
    """A graph of friends, and the club that each of them joined in the end.

    Attributes:
        edges: The pairs of friends, (78, 2), int64, each pair once, the lower number first.
        clubs: The club of each of the 34 members, (34,), int64: 0 is the instructor's, 1 the president's.

    Example:
        >>> from cnnlab.data import karate_club
        >>> karate_club()
        Zachary's karate club: 34 members, 78 friendships, clubs of 17 and 17
    """

    edges: np.ndarray
    clubs: np.ndarray

    def __repr__(self) -> str:
        sizes = " and ".join(map(str, np.bincount(self.clubs)))
        return f"Zachary's karate club: {len(self.clubs)} members, {len(self.edges)} friendships, clubs of {sizes}"


def karate_club() -> KarateClub:
    """Return the graph of a karate club that broke up over a quarrel; W. Zachary (1977).

    Member 0 is the instructor and member 33 the president; all others had to choose.

    Returns:
        A KarateClub.

    Example:
        >>> from cnnlab.data import karate_club
        >>> karate_club().edges.shape
        (78, 2)
    """
    edges = np.array([(a, b) for a, others in _FRIENDS.items() for b in others], np.int64)
    clubs = np.ones(int(edges.max()) + 1, np.int64)
    clubs[list(_WITH_INSTRUCTOR)] = 0
    return KarateClub(edges, clubs)
