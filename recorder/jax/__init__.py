"""Counting with JAX, as pure functions: in a plain loop, with Flax NNX or Linen, under `jit`, `pmap` and `shard_map`.

    from recorder.jax import ConfusionTally

    tally = ConfusionTally("multiclass", num_classes=10, from_logits=True)
    state = tally.init()
    state = jax.jit(tally.update)(state, y, logits)
    run.epoch(epoch, val=tally.to_counts(state))

A state is a dictionary of arrays, all of them sums: `jax.lax.psum(state, "devices")` is that of all devices.
"""

from .tally import ConfusionTally

__all__ = ["ConfusionTally"]
