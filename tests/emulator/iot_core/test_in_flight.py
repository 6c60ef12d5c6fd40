"""The bound on what all connections together have under way."""

from emulator.iot_core.in_flight import InFlightBytes


def test_who_finds_it_exhausted_is_called_once_when_there_is_room() -> None:
    in_flight, resumed = InFlightBytes(100), []
    in_flight.take(60)
    in_flight.take(60)
    assert in_flight.exhausted
    in_flight.wait(lambda: resumed.append("a"))
    in_flight.give_back(10)
    assert resumed == []
    in_flight.give_back(30)
    assert resumed == ["a"]
    in_flight.give_back(30)
    assert resumed == ["a"]


def test_one_waiter_that_takes_all_lets_the_others_wait_on() -> None:
    in_flight, resumed = InFlightBytes(100), []

    def greedy() -> None:
        resumed.append("greedy")
        in_flight.take(100)

    in_flight.take(100)
    in_flight.wait(greedy)
    in_flight.give_back(100)
    in_flight.wait(lambda: resumed.append("late"))
    assert resumed == ["greedy"]
    in_flight.give_back(100)
    assert resumed == ["greedy", "late"]
