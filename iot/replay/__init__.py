"""Replay: recordings of real exercises, played as devices would send them.

`plan` makes the messages (pure), `faults` spoils them on request (pure), `expected` tells what the platform must then hold (pure),
`player` sends them through device clients at a chosen speed, `journal` and `report` keep what happened.
"""
