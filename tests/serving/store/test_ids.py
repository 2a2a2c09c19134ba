"""Ids only ever grow, whatever the clock does, and stand in the order in which they were made."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from icp_fit.serving.store.ids import Ids, next_id

MILLISECOND = 1_000_000  # nanoseconds


@given(st.lists(st.integers(0, 2**40), min_size=2, max_size=50))
def test_ids_grow_however_the_clock_jumps(times: list[int]) -> None:
    clock = iter(time * MILLISECOND for time in times)
    ids = Ids(lambda: next(clock))
    drawn = [ids.new() for _ in times]
    assert drawn == sorted(set(drawn))
    assert {UUID(id).version for id in drawn} == {7}


def test_ids_of_a_new_process_stand_after_those_that_are_stored() -> None:
    stored = Ids(lambda: 2_000 * MILLISECOND).new()
    ids = Ids(lambda: 1_000 * MILLISECOND)
    assert ids.new() < stored
    ids.follow(stored)
    assert ids.new() > stored


def test_following_nothing_or_an_older_id_changes_nothing() -> None:
    ids = Ids(lambda: 2_000 * MILLISECOND)
    latest = ids.new()
    ids.follow(None)
    ids.follow(Ids(lambda: 1_000 * MILLISECOND).new())
    assert ids.new() > latest


def test_next_id_stands_right_after_and_before_all_that_are_made_later() -> None:
    ids = Ids()
    drawn = [ids.new() for _ in range(1000)]
    assert sorted([*drawn, *map(next_id, drawn)]) == [id for one in drawn for id in (one, next_id(one))]
    assert UUID(next_id(drawn[0])).int == UUID(drawn[0]).int + 1
