"""Writes and reads just enough of ONNX's files for the self-tests, without any package."""
import struct

FLOAT, INT64, BOOL = 1, 7, 9


def varint(number):
    out = b""
    while number >= 0x80:
        out += bytes([number & 0x7f | 0x80])
        number >>= 7
    return out + bytes([number])


def field(number, value):
    """One field of a message: an int, or what has a length."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def tensor(name, dtype, shape, data):
    return b"".join([*(field(1, size) for size in shape), field(2, dtype), field(8, name),
                     field(9, data)])


def value_info(name, dtype, shape):
    """A size that is text is a name for one that the model leaves open."""
    sizes = b"".join(field(1, field(2 if isinstance(size, str) else 1, size)) for size in shape)
    return field(1, name) + field(2, field(1, field(1, dtype) + field(2, sizes)))


def attribute(name, value):
    """Of an int, a float, a list of ints, or the bytes of a graph."""
    if isinstance(value, bytes):
        return field(1, name) + field(6, value) + field(20, 5)
    if isinstance(value, float):
        return field(1, name) + varint(2 << 3 | 5) + struct.pack("<f", value) + field(20, 1)
    if isinstance(value, int):
        return field(1, name) + field(3, value % 2**64) + field(20, 2)
    return field(1, name) + b"".join(field(8, one % 2**64) for one in value) + field(20, 7)


def node(op, inputs, output, name="", **attributes):
    return b"".join([*(field(1, one) for one in inputs), field(2, output), field(3, name), field(4, op),
                     *(field(5, attribute(*one)) for one in attributes.items())])


def floats(name, shape, values):
    return tensor(name, FLOAT, shape, struct.pack(f"<{len(values)}f", *values))


def integers(name, values):
    return tensor(name, INT64, [len(values)], struct.pack(f"<{len(values)}q", *values))


def graph(nodes, constants, inputs, outputs):
    """`inputs` and `outputs`: {name: shape} of float tensors, {name: (type, shape)} of others."""
    def known(values):
        return [value_info(name, *(of if isinstance(of, tuple) else (FLOAT, of))) for name, of in values.items()]
    return b"".join([
        *(field(1, one) for one in nodes), field(2, "graph"), *(field(5, one) for one in constants),
        *(field(11, one) for one in known(inputs)), *(field(12, one) for one in known(outputs))])


def write_model(path, whole, opset=17):
    """`whole`: a graph()."""
    with open(path, "wb") as file:
        file.write(field(1, 8) + field(8, field(1, "") + field(2, opset)) + field(7, whole))


def write_tensor(path, name, shape, values):
    with open(path, "wb") as file:
        file.write(floats(name, shape, values))


def write_graph(path, constant):
    """Float[n] x -> z = Relu(y + y), where y = Reshape(Relu(x + constant), [2, n / 2])."""
    count = len(constant)
    write_model(path, graph(
        [node("Add", ["x", "w"], "sum"), node("Relu", ["sum"], "positive"),
         node("Reshape", ["positive", "shape"], "y"), node("Add", ["y", "y"], "twice"),
         node("Relu", ["twice"], "z")],
        [floats("w", [count], constant), integers("shape", [2, count // 2])],
        {"x": [count]}, {"z": [2, count // 2]}), opset=14)


def raw_data(path):
    """The bytes of a tensor's file, from its field raw_data."""
    with open(path, "rb") as file:
        data = file.read()
    at = 0
    while at < len(data):
        key, at = read_varint(data, at)
        if key & 7 == 0:
            _, at = read_varint(data, at)
            continue
        size, at = read_varint(data, at)
        if key >> 3 == 9:
            return data[at:at + size]
        at += size
    raise ValueError(f"{path} has no raw_data")


def read_varint(data, at):
    number, shift = 0, 0
    while True:
        byte = data[at]
        number |= (byte & 0x7f) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return number, at
