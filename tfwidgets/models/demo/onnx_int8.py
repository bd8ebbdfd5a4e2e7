"""Read the weights of a PyTorch model back out of an int8 ONNX graph.

Both styles that onnxruntime's quantiser writes are understood: dynamic quantisation
(``MatMulInteger``) and quantise/dequantise pairs (QDQ), with one scale per tensor. In both,
the weight ``NAME`` is stored as ``NAME_quantized``, ``NAME_scale`` and ``NAME_zero_point``,
and stands for ``(quantized - zero_point) * scale``
(https://onnx.ai/onnx/operators/onnx__DequantizeLinear.html).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

_ANONYMOUS = "onnx::"
_SUFFIX = "_quantized"


def weights(path: Path) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Yield the weights under their names in the exported PyTorch module, dequantised.

    The exporter transposes the weights of linear layers and renames them to
    ``onnx::MatMul_123``. Their names come from the path of the node that uses them
    (``/decoder/block.0/layer.0/SelfAttention/q/MatMul``), and they are transposed back.

    Parameters
    ----------
    path
        The ONNX file.

    Raises
    ------
    ValueError
        If a tensor has more than one scale, or an unnamed one is not used by one node.
    """
    import numpy as np
    import onnx
    from onnx.numpy_helper import to_array

    graph = onnx.load(path).graph
    stored = {tensor.name: tensor for tensor in graph.initializer}
    users: dict[str, list[Any]] = {}
    for node in graph.node:
        for name in node.input:
            users.setdefault(name, []).append(node)

    for full_name, tensor in stored.items():
        # Names of constants and of activations are paths. They are no weights.
        if full_name.startswith("/") or full_name.endswith(("_scale", "_zero_point")):
            continue
        array = to_array(tensor)
        name = full_name.removesuffix(_SUFFIX)
        if name != full_name:
            scale = to_array(stored[f"{name}_scale"])
            zero = to_array(stored[f"{name}_zero_point"])
            if scale.size != 1:
                raise ValueError(f"{name} has {scale.size} scales, expected one")
            array = (array.astype(np.int32) - zero.astype(np.int32)).astype(np.float32) * scale
        elif array.dtype != np.float32 or name.startswith(_ANONYMOUS):
            continue
        if name.startswith(_ANONYMOUS):
            name, array = _module_weight(full_name, users), array.T
        yield name, array


def _module_weight(name: str, users: dict[str, list[Any]]) -> str:
    """Return the name of an anonymous linear layer's weight."""
    nodes = users.get(name, [])
    while len(nodes) == 1 and nodes[0].op_type == "DequantizeLinear":
        nodes = users.get(nodes[0].output[0], [])
    if len(nodes) != 1:
        raise ValueError(f"{name} is used by {len(nodes)} nodes, expected one")
    module, _, _ = nodes[0].name.strip("/").rpartition("/")
    return f"{module.replace('/', '.')}.weight"
