"""Writes and reads just enough of ONNX's files for the self-tests, without any package."""
import struct

FLOAT, INT64 = 1, 7


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
    sizes = b"".join(field(1, field(1, size)) for size in shape)
    return field(1, name) + field(2, field(1, field(1, dtype) + field(2, sizes)))


def node(op, inputs, output):
    return b"".join([*(field(1, name) for name in inputs), field(2, output), field(4, op)])


def write_tensor(path, name, shape, floats):
    with open(path, "wb") as file:
        file.write(tensor(name, FLOAT, shape, struct.pack(f"<{len(floats)}f", *floats)))


def write_graph(path, constant):
    """Float[n] x -> z = Relu(y + y), where y = Reshape(Relu(x + constant), [2, n / 2])."""
    count = len(constant)
    graph = b"".join([
        field(1, node("Add", ["x", "w"], "sum")), field(1, node("Relu", ["sum"], "positive")),
        field(1, node("Reshape", ["positive", "shape"], "y")),
        field(1, node("Add", ["y", "y"], "twice")), field(1, node("Relu", ["twice"], "z")),
        field(2, "graph"),
        field(5, tensor("w", FLOAT, [count], struct.pack(f"<{count}f", *constant))),
        field(5, tensor("shape", INT64, [2], struct.pack("<2q", 2, count // 2))),
        field(11, value_info("x", FLOAT, [count])),
        field(12, value_info("z", FLOAT, [2, count // 2]))])
    with open(path, "wb") as file:
        file.write(field(1, 8) + field(8, field(1, "") + field(2, 14)) + field(7, graph))


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
