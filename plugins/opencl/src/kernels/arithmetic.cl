// Functions of two or three elements, as functions.cl has those of one. NaN in either makes the
// greater and the lesser NaN, which ONNX leaves open; between bounds NaN stays NaN.
numbers greater_of(numbers a, numbers b) { return a > b || a != a ? a : b; }
numbers lesser_of(numbers a, numbers b) { return a < b || a != a ? a : b; }
numbers raise_of(numbers a, numbers least) { return a < least ? least : a; }
numbers hold_of(numbers a, numbers most) { return a > most ? most : a; }
