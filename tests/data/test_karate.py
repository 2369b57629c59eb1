"""The karate club: a graph that is whole, and the clubs into which it broke up."""

import numpy as np

from cnnlab.data import karate_club


def test_it_is_the_graph_of_34_members_and_78_friendships():
    club = karate_club()
    assert club.edges.shape == (78, 2) and club.edges.dtype == np.int64
    assert (club.edges[:, 0] < club.edges[:, 1]).all()
    assert len({tuple(edge) for edge in club.edges.tolist()}) == 78
    assert set(club.edges.ravel()) == set(range(34))
    friends = np.bincount(club.edges.ravel())
    assert [friends[k] for k in (0, 33, 32, 2, 1, 11)] == [16, 17, 12, 10, 9, 1]


def test_every_member_chose_one_of_two_clubs():
    club = karate_club()
    assert np.bincount(club.clubs).tolist() == [17, 17]
    assert (club.clubs[0], club.clubs[33], club.clubs[8], club.clubs[9]) == (0, 1, 0, 1)


def test_each_call_gives_arrays_of_its_own():
    karate_club().edges[0] = 9
    assert karate_club().edges[0].tolist() == [0, 1]
