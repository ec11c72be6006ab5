"""MiniGrid's memory rooms with the player put where the cue is always seen: the same task, without the luck."""

from minigrid.envs import MemoryEnv


class SeenMemory(MemoryEnv):
    """MiniGrid-Memory, but the player begins beside the object to be remembered.

    In the original they begin anywhere on the way, in most episodes with the object behind them, so that nobody can do
    better there than guess.
    """

    def _gen_grid(self, width: int, height: int) -> None:
        super()._gen_grid(width, height)
        self.agent_pos = (1, height // 2)  # the object lies at (1, height // 2 - 1), one cell to the left
