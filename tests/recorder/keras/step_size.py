"""How large the step of a compiled model is, without a clock: what a backend has to do for it, by name.

TensorFlow: nodes of the graph. JAX: equations of the jaxpr. PyTorch: operations that are run.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import keras

FREE = {"Const", "Placeholder", "NoOp", "Identity"}  # of a graph; they cost nothing while it runs


def operations(step: Any, data: tuple[Any, ...]) -> Counter[str]:
    """What `model.train_step` or `model.test_step` does with a batch.

    Args:
        step: the bound method of a model that has seen a batch.
        data: x, y and perhaps weights, tensors of the backend.
    """
    return {"tensorflow": _nodes, "jax": _equations, "torch": _calls}[keras.config.backend()](step, data)


def _nodes(step: Any, data: tuple[Any, ...]) -> Counter[str]:
    import tensorflow as tf

    graph = tf.function(step).get_concrete_function(data).graph.as_graph_def()
    nodes = [*graph.node, *(node for function in graph.library.function for node in function.node_def)]
    return Counter(node.op for node in nodes if node.op not in FREE)


def _equations(step: Any, data: tuple[Any, ...]) -> Counter[str]:
    import jax

    model, found = step.__self__, Counter[str]()
    optimized = step.__name__ == "train_step"
    state = jax_state(model, optimized)

    def count(jaxpr: Any) -> None:
        for equation in jaxpr.eqns:
            inner = list(jax.core.jaxprs_in_params(equation.params))
            for each in inner:
                count(each)
            if not inner:
                found[equation.primitive.name] += 1

    count(jax.make_jaxpr(step)(state, data).jaxpr)
    return found


def jax_state(model: Any, optimized: bool) -> tuple[Any, ...]:
    """The state that a step of Keras on JAX takes."""
    kinds = [model.trainable_variables, model.non_trainable_variables]
    kinds += [model.optimizer.variables] if optimized else []
    return tuple([variable.value for variable in each] for each in (*kinds, model.metrics_variables))


def _calls(step: Any, data: tuple[Any, ...]) -> Counter[str]:
    from torch.utils._python_dispatch import TorchDispatchMode

    found = Counter[str]()

    class Seen(TorchDispatchMode):
        def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            found[func.name().removeprefix("aten::").split(".")[0]] += 1
            return func(*args, **(kwargs or {}))

    with Seen():
        step(data)
    return found
