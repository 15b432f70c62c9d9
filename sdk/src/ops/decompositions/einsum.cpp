// Einsum as products of matrices, one input after the other: axes that both sides have are kept or
// summed over, those of one side lie beside them.
#include <algorithm>
#include <map>
#include <set>

#include "ops/decompositions/shared.hpp"
#include "ops/equation.hpp"

namespace backplane::ops {
namespace {

bool has(const Term& term, Label label) {
  return std::find(term.begin(), term.end(), label) != term.end();
}

class Einsum {
 public:
  Einsum(Decomposition& parts, Equation equation) : parts_(parts), equation_(std::move(equation)) {
    for (uint32_t i = 0; i < equation_.inputs.size(); ++i)
      for (size_t axis = 0; axis < equation_.inputs[i].size(); ++axis)
        raise(equation_.inputs[i][axis], parts.node().input(i).shape[axis]);
  }

  Status run() {
    std::vector<Operand> operands;
    for (uint32_t i = 0; i < equation_.inputs.size(); ++i) operands.push_back(operand(i));
    Operand result = operands.front();
    for (size_t i = 1; i < operands.size(); ++i) {
      const std::set<Label> later = wanted_after(i);
      result = product(reduced(result, united(later, operands[i].term)),
                       reduced(operands[i], united(later, result.term)), later);
      if (result.term.size() > BP_MAX_RANK) return parts_.refuse("not along so many axes");
    }
    result = reduced(result, {equation_.output.begin(), equation_.output.end()});
    parts_.give(0, transposed(result, equation_.output).value);
    return {};
  }

 private:
  struct Operand {
    std::string value;
    Term term;  // no label twice, none with another size than elsewhere
  };

  void raise(Label label, int64_t size) {
    const auto found = sizes_.emplace(label, size).first;
    if (found->second == 1) found->second = size;
  }

  Shape sizes_of(const Term& term) const {
    Shape shape;
    for (const Label label : term) shape.push_back(sizes_.at(label));
    return shape;
  }
  static int64_t count(const Shape& shape) {
    int64_t result = 1;
    for (const int64_t size : shape) result *= size;
    return result;
  }

  // Labels that the output has or an input behind number `last`.
  std::set<Label> wanted_after(size_t last) const {
    std::set<Label> wanted(equation_.output.begin(), equation_.output.end());
    for (size_t i = last + 1; i < equation_.inputs.size(); ++i)
      wanted.insert(equation_.inputs[i].begin(), equation_.inputs[i].end());
    return wanted;
  }
  static std::set<Label> united(std::set<Label> labels, const Term& term) {
    labels.insert(term.begin(), term.end());
    return labels;
  }

  // An input without the axes of size 1 that would stretch, and with the diagonal of any two axes
  // that have one letter.
  Operand operand(uint32_t index) {
    const Shape given = parts_.node().shape(index);
    Operand made = {parts_.input(index), {}};
    Shape kept;
    for (size_t axis = 0; axis < given.size(); ++axis) {
      const Label label = equation_.inputs[index][axis];
      if (given[axis] != sizes_.at(label)) continue;
      made.term.push_back(label);
      kept.push_back(given[axis]);
    }
    if (kept != given) made.value = parts_.reshape(made.value, kept);
    for (const Label label : std::set<Label>(made.term.begin(), made.term.end()))
      while (std::count(made.term.begin(), made.term.end(), label) > 1)
        made = diagonal(made, label);
    return made;
  }

  // Of the first two axes of `label`, which become the last axis.
  Operand diagonal(const Operand& from, Label label) {
    std::vector<int64_t> order;
    std::vector<int64_t> same;
    Operand made;
    for (size_t axis = 0; axis < from.term.size(); ++axis) {
      const bool goes = from.term[axis] == label && same.size() < 2;
      (goes ? same : order).push_back(static_cast<int64_t>(axis));
      if (!goes) made.term.push_back(from.term[axis]);
    }
    order.insert(order.end(), same.begin(), same.end());
    const int64_t size = sizes_.at(label);
    Shape flat = sizes_of(made.term);
    flat.push_back(size * size);
    std::vector<int64_t> places;
    for (int64_t i = 0; i < size; ++i) places.push_back(i * (size + 1));
    made.value = parts_.add(
        "Gather", {parts_.reshape(permuted(from.value, order), flat), parts_.integers(places)},
        {int_attribute("axis", static_cast<int64_t>(flat.size()) - 1)});
    made.term.push_back(label);
    return made;
  }

  std::string permuted(const std::string& value, const std::vector<int64_t>& order) {
    if (std::is_sorted(order.begin(), order.end())) return value;
    return parts_.add("Transpose", {value}, {ints_attribute("perm", order)});
  }

  Operand transposed(const Operand& from, const Term& to) {
    std::vector<int64_t> order;
    for (const Label label : to)
      order.push_back(std::find(from.term.begin(), from.term.end(), label) - from.term.begin());
    return {permuted(from.value, order), to};
  }

  // Summed over the axes that are not wanted.
  Operand reduced(const Operand& from, const std::set<Label>& wanted) {
    std::vector<int64_t> axes;
    Operand made;
    for (size_t axis = 0; axis < from.term.size(); ++axis) {
      if (wanted.count(from.term[axis]) != 0)
        made.term.push_back(from.term[axis]);
      else
        axes.push_back(static_cast<int64_t>(axis));
    }
    if (axes.empty()) return from;
    made.value = parts_.add("ReduceSum", {from.value, parts_.integers(axes)},
                            {int_attribute("keepdims", 0)});
    return made;
  }

  // What both have and is wanted is a batch of matrices; what both have and is not is summed over.
  Operand product(const Operand& a, const Operand& b, const std::set<Label>& wanted) {
    Term batch, inner, left, right;
    for (const Label label : a.term)
      (!has(b.term, label) ? left : wanted.count(label) != 0 ? batch : inner).push_back(label);
    for (const Label label : b.term)
      if (!has(a.term, label)) right.push_back(label);
    const int64_t batches = count(sizes_of(batch));
    const int64_t rows = count(sizes_of(left));
    const int64_t columns = count(sizes_of(right));
    const int64_t length = count(sizes_of(inner));
    const std::string first = matrices(a, {batch, left, inner}, {batches, rows, length});
    const std::string second = matrices(b, {batch, inner, right}, {batches, length, columns});
    const std::string value = parts_.add(inner.empty() ? "Mul" : "MatMul", {first, second});
    const Term term = joined({batch, left, right});
    if (term.size() > BP_MAX_RANK) return {value, term};
    return {parts_.reshape(value, sizes_of(term)), term};
  }

  std::string matrices(const Operand& from, const std::vector<Term>& order, const Shape& sizes) {
    return parts_.reshape(transposed(from, joined(order)).value, sizes);
  }
  static Term joined(const std::vector<Term>& terms) {
    Term all;
    for (const Term& term : terms) all.insert(all.end(), term.begin(), term.end());
    return all;
  }

  Decomposition& parts_;
  Equation equation_;
  std::map<Label, int64_t> sizes_;
};

Status einsum(Decomposition& parts) {
  Status status = only(parts, kIeee | kWide);
  if (!status.ok()) return status;
  std::vector<size_t> ranks;
  for (uint32_t i = 0; i < parts.node().input_count(); ++i) {
    ranks.push_back(parts.node().rank(i));
    if (*element_count(parts.node().input(i)) == 0) return parts.refuse("not of no elements");
  }
  Result<Equation> equation = parse_equation(parts.node().text("equation"), ranks);
  if (!equation.ok()) return equation.status();
  return Einsum(parts, equation.take()).run();
}

}  // namespace

void decompose_einsum(Definitions& definitions) { definitions.at("Einsum").decomposes(einsum); }

}  // namespace backplane::ops
