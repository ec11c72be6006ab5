"""Claim: an hour of one core, and the laptop's Drama plays Pong better than chance."""

from mbrl_lite.claims.atari import claim, measure

CLAIM = claim("Pong", "a player at random loses 21 to 0 or 1")

__all__ = ["CLAIM", "measure"]
