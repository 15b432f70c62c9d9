#include "graph/borrowed_view.hpp"

#include <algorithm>
#include <cstring>

#include "support/tensor_type.hpp"

namespace backplane::conformance {
namespace {

constexpr size_t kPages = 16384;  // 64 MiB, most of them never touched
constexpr uint64_t kAlignment = 16;

}  // namespace

struct BorrowedCalls {
  static BorrowedView& self(const bp_graph_t* graph) {
    return **reinterpret_cast<BorrowedView* const*>(graph);
  }

  template <auto kMember, class Answer, class... Arguments>
  static Answer pass_on(const bp_graph_t* graph, Arguments... arguments) {
    return (self(graph).view_->*kMember)(self(graph).graph_, arguments...);
  }
  template <auto kMember, class... Arguments>
  static bp_status_t edit(bp_graph_t* graph, Arguments... arguments) {
    return (self(graph).view_->*kMember)(self(graph).graph_, arguments...);
  }
  static const bp_node_t* get_node(const bp_graph_t* graph, bp_node_id_t id) {
    return self(graph).node(self(graph).view_->get_node(self(graph).graph_, id));
  }
  static const bp_value_info_t* get_value(const bp_graph_t* graph, bp_value_id_t id) {
    return self(graph).value(self(graph).view_->get_value(self(graph).graph_, id));
  }

  static bp_graph_view_t table() {
    using V = bp_graph_view_t;
    return {
        sizeof(bp_graph_view_t),
        pass_on<&V::node_count, uint32_t>,
        pass_on<&V::get_node_id, bp_node_id_t, uint32_t>,
        get_node,
        pass_on<&V::get_input, bp_value_id_t, bp_node_id_t, uint32_t>,
        pass_on<&V::get_output, bp_value_id_t, bp_node_id_t, uint32_t>,
        get_value,
        pass_on<&V::get_consumer, bp_node_id_t, bp_value_id_t, uint32_t>,
        pass_on<&V::get_graph_input, bp_value_id_t, uint32_t>,
        pass_on<&V::get_graph_output, bp_value_id_t, uint32_t>,
        pass_on<&V::get_outer, bp_value_id_t, bp_value_id_t>,
        edit<&V::add_node, const bp_node_t*, const bp_value_id_t*, bp_node_id_t*>,
        edit<&V::add_constant, const bp_constant_t*, bp_value_id_t*>,
        edit<&V::replace_value, bp_value_id_t, bp_value_id_t>,
        edit<&V::remove_node, bp_node_id_t>,
    };
  }
};

BorrowedView::BorrowedView(bp_graph_t* graph, const bp_graph_view_t* view)
    : graph_(graph), view_(view), memory_(kPages) {
  BorrowedView* const own = this;
  given_graph_ = reinterpret_cast<bp_graph_t*>(copies(&own, 1));
  const bp_graph_view_t table = BorrowedCalls::table();
  given_view_ = copies(&table, 1);
}

template <class T>
T* BorrowedView::copies(const T* from, uint64_t count) {
  const uint64_t size = sizeof(T) * count;
  require(used_ + size + kAlignment <= memory_.size(), "the suite's memory for one pass is full");
  char* const place = memory_.at_start() + used_;
  used_ += (size + kAlignment - 1) / kAlignment * kAlignment + kAlignment;
  if (size > 0) std::memcpy(place, from, size);
  return reinterpret_cast<T*>(place);
}

const char* BorrowedView::text(const char* from) { return copies(from, std::strlen(from) + 1); }

const bp_constant_t* BorrowedView::constant(const bp_constant_t* from) {
  if (from == nullptr) return nullptr;
  bp_constant_t made = *from;
  const Result<uint64_t> size = byte_size(from->type);
  if (from->data != nullptr && size.ok())
    made.data = copies(static_cast<const char*>(from->data), *size);
  return copies(&made, 1);
}

const void* BorrowedView::attribute_data(const bp_attribute_t& attribute) {
  switch (attribute.kind) {
    case BP_ATTRIBUTE_INT:
    case BP_ATTRIBUTE_INTS:
      return copies(static_cast<const int64_t*>(attribute.data), attribute.count);
    case BP_ATTRIBUTE_FLOAT:
    case BP_ATTRIBUTE_FLOATS:
      return copies(static_cast<const float*>(attribute.data), attribute.count);
    case BP_ATTRIBUTE_STRING:
    case BP_ATTRIBUTE_STRINGS: {
      bp_string_t* const made =
          copies(static_cast<const bp_string_t*>(attribute.data), attribute.count);
      for (uint32_t i = 0; i < attribute.count; ++i)
        made[i].data = copies(made[i].data, made[i].size + 1);
      return made;
    }
    default:
      return attribute.data;  // drawn graphs have no other
  }
}

const bp_attribute_t* BorrowedView::attributes(const bp_node_t& node) {
  bp_attribute_t* const made = copies(node.attributes, node.attribute_count);
  for (uint32_t i = 0; i < node.attribute_count; ++i) {
    made[i].data = attribute_data(made[i]);
    made[i].name = text(made[i].name);
  }
  return made;
}

const bp_node_t* BorrowedView::node(const bp_node_t* from) {
  if (from == nullptr) return nullptr;
  bp_node_t made = *from;
  made.domain = text(from->domain);
  made.op = text(from->op);
  made.name = text(from->name);
  made.inputs = copies(from->inputs, from->input_count);
  made.outputs = copies(from->outputs, from->output_count);
  made.attributes = attributes(*from);
  if (from->constants != nullptr) {
    const bp_constant_t** const constants = copies(from->constants, from->input_count);
    for (uint32_t i = 0; i < from->input_count; ++i) constants[i] = constant(constants[i]);
    made.constants = constants;
  }
  return copies(&made, 1);
}

const bp_value_info_t* BorrowedView::value(const bp_value_info_t* from) {
  if (from == nullptr) return nullptr;
  bp_value_info_t made = *from;
  made.name = text(from->name);
  made.type = copies(from->type, 1);
  made.constant = constant(from->constant);
  return copies(&made, 1);
}

}  // namespace backplane::conformance
