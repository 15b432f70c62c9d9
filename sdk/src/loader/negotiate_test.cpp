#include "loader/negotiate.hpp"

#include <backplane/kernel.h>
#include <backplane/memory.h>
#include <backplane/stream.h>
#include <gtest/gtest.h>

#include <cstring>

#include "loader/tables.hpp"

namespace backplane {
namespace {

void some_function() {}

// Puts a function into every slot of a table; none of them is called here.
template <class Table>
Table full_table(size_t first_function) {
  Table table = {};
  auto* const bytes = reinterpret_cast<char*>(&table);
  void (*const function)() = some_function;
  for (size_t at = first_function; at < sizeof(Table); at += sizeof(function))
    std::memcpy(bytes + at, &function, sizeof(function));
  table.struct_size = sizeof(Table);
  return table;
}

// A plugin with every function, in parts that a test may break.
class NegotiateTest : public testing::Test {
 protected:
  NegotiateTest() {
    plugin_.abi = {BP_ABI_MAJOR, BP_ABI_MINOR};
    plugin_.id = "org.example.chip";
    plugin_.version = "1.2.3";
    plugin_.vendor = "Example";
    plugin_.build_id = "";
    plugin_.sanitizers = 0;
    plugin_.memory = &memory_;
    plugin_.kernel = &kernel_;
    plugin_.stream = &stream_;
    plugin_.get_extension = [](const char*) -> const void* { return nullptr; };
  }
  std::string refusal(bp_status_t code, const HostTraits& host = {}) const {
    const Status status = negotiate(plugin_, host);
    EXPECT_EQ(status.code(), code);
    return status.text();
  }
  void take_function(const TableFunction& function) {
    char* const tables[] = {reinterpret_cast<char*>(&plugin_), reinterpret_cast<char*>(&memory_),
                            reinterpret_cast<char*>(&kernel_), reinterpret_cast<char*>(&stream_)};
    std::memset(tables[static_cast<int>(function.table)] + function.offset, 0, sizeof(void*));
  }

  bp_memory_api_t memory_ = full_table<bp_memory_api_t>(sizeof(void*));
  bp_kernel_api_t kernel_ = full_table<bp_kernel_api_t>(sizeof(void*));
  bp_stream_api_t stream_ = full_table<bp_stream_api_t>(sizeof(void*));
  bp_plugin_t plugin_ = full_table<bp_plugin_t>(offsetof(bp_plugin_t, device_info));
};

TEST_F(NegotiateTest, AWholePluginIsTaken) {
  EXPECT_TRUE(negotiate(plugin_).ok()) << negotiate(plugin_).text();
}

TEST_F(NegotiateTest, AnotherVersionIsRefusedWithBothVersionsAndWhatToDo) {
  plugin_.abi = {9, 0};
  EXPECT_EQ(refusal(BP_STATUS_UNSUPPORTED, {{0, 4}, 0}),
            "org.example.chip 1.2.3 was built for ABI 9.0; this host speaks 0.4 and takes 0.2 to "
            "0.4: get a build of the plugin for it, or another Backplane");
}

TEST_F(NegotiateTest, OfAnotherMajorNothingPastTheVersionIsRead) {
  plugin_.abi = {9, 0};
  const uintptr_t nowhere = 16;
  plugin_.memory = reinterpret_cast<const bp_memory_api_t*>(nowhere);  // NOLINT: not to be read
  plugin_.struct_size = offsetof(bp_plugin_t, version) + sizeof(plugin_.version);
  EXPECT_NE(refusal(BP_STATUS_UNSUPPORTED).find("9.0"), std::string::npos);
}

TEST_F(NegotiateTest, ATableShorterThanItsFirstVersionIsNamedWithBothSizes) {
  memory_.struct_size = 24;
  EXPECT_EQ(
      refusal(BP_STATUS_INTERNAL),
      "the memory table's struct_size is 24, and that of ABI 0.2 is 96: set it to sizeof, and "
      "build against its headers");
  plugin_.struct_size = 100;
  EXPECT_EQ(refusal(BP_STATUS_INTERNAL).substr(0, 39), "the plugin table's struct_size is 100, ");
  plugin_.struct_size = 8;
  EXPECT_EQ(refusal(BP_STATUS_INTERNAL).substr(0, 34), "bp_plugin_t::struct_size is 8, too");
}

TEST_F(NegotiateTest, ALongerTableThanThisHostKnowsIsTaken) {
  plugin_.struct_size += 8;
  memory_.struct_size += 800;
  EXPECT_TRUE(negotiate(plugin_).ok());
}

TEST_F(NegotiateTest, EveryTextIsMissedByName) {
  const auto missing = [this](const char* bp_plugin_t::*field, const std::string& name) {
    const char* const kept = plugin_.*field;
    plugin_.*field = nullptr;
    EXPECT_EQ(refusal(BP_STATUS_INTERNAL), "bp_plugin_t::" + name + " is NULL; it must be a text");
    plugin_.*field = kept;
  };
  missing(&bp_plugin_t::id, "id");
  missing(&bp_plugin_t::version, "version");
  missing(&bp_plugin_t::vendor, "vendor");
  missing(&bp_plugin_t::build_id, "build_id");
}

TEST_F(NegotiateTest, AnIdIsReverseDns) {
  for (const char* id : {"com.acme.x100", "org.a-b.c_d", "a.b", "org.X.1"})
    EXPECT_TRUE(is_reverse_dns(id)) << id;
  for (const char* id : {"", "acme", "com.", ".com", "com..acme", "com.ac me", "com/acme", "a.b:1"})
    EXPECT_FALSE(is_reverse_dns(id)) << id;
  plugin_.id = "acme";
  EXPECT_EQ(refusal(BP_STATUS_INTERNAL),
            "the id \"acme\" is no reverse DNS name, as \"com.acme.x100\" is");
}

TEST_F(NegotiateTest, AVersionIsSemantic) {
  plugin_.version = "7";
  EXPECT_EQ(refusal(BP_STATUS_INTERNAL),
            "version \"7\" is not semantic, as \"2.3.1\" or \"2.3.1-rc.1\" are");
}

TEST_F(NegotiateTest, ASanitizerThatTheHostLacksIsRefused) {
  plugin_.sanitizers = BP_SANITIZER_ADDRESS | BP_SANITIZER_UNDEFINED;
  const HostTraits plain = {{BP_ABI_MAJOR, BP_ABI_MINOR}, 0};
  EXPECT_EQ(
      refusal(BP_STATUS_UNSUPPORTED, plain),
      "it was built with AddressSanitizer, UndefinedBehaviorSanitizer, and this host was not; "
      "build both alike");
  const HostTraits alike = {{BP_ABI_MAJOR, BP_ABI_MINOR},
                            BP_SANITIZER_ADDRESS | BP_SANITIZER_UNDEFINED};
  EXPECT_TRUE(negotiate(plugin_, alike).ok());
  plugin_.sanitizers = 0;
  EXPECT_TRUE(negotiate(plugin_, alike).ok()) << "the other way round is right";
}

TEST_F(NegotiateTest, MemoryAndKernelTablesMustBeThereAndStreamsNeedNot) {
  plugin_.stream = nullptr;
  EXPECT_TRUE(negotiate(plugin_).ok());
  plugin_.kernel = nullptr;
  EXPECT_EQ(refusal(BP_STATUS_INTERNAL), "it has no kernel table, which every plugin must have");
  plugin_.memory = nullptr;
  EXPECT_EQ(refusal(BP_STATUS_INTERNAL), "it has no memory table, which every plugin must have");
}

TEST_F(NegotiateTest, EveryFunctionIsMissedByNameUnlessItIsOptional) {
  for (const TableFunction& function : table_functions()) {
    const bp_plugin_t plugin = plugin_;
    const bp_memory_api_t memory = memory_;
    const bp_kernel_api_t kernel = kernel_;
    const bp_stream_api_t stream = stream_;
    take_function(function);
    const Status status = negotiate(plugin_);
    EXPECT_EQ(status.ok(), function.need == Need::kOptional) << function.name;
    if (!status.ok()) {
      EXPECT_EQ(status.text().find(std::string("its function ") + function.name + " ("), 0u)
          << status.text();
    }
    plugin_ = plugin;
    memory_ = memory;
    kernel_ = kernel;
    stream_ = stream;
  }
}

TEST_F(NegotiateTest, WithoutStreamsCopyIsOptional) {
  memory_.copy = nullptr;
  EXPECT_EQ(refusal(BP_STATUS_INTERNAL),
            "its function copy (memory table) is NULL; a plugin with streams must have it");
  plugin_.stream = nullptr;
  EXPECT_TRUE(negotiate(plugin_).ok());
}

TEST_F(NegotiateTest, APluginThatCompilesGraphsNeedsNoKernelsOfItsOwn) {
  kernel_.supports = nullptr;
  kernel_.kernel_create = nullptr;
  EXPECT_EQ(refusal(BP_STATUS_INTERNAL),
            "its function supports (kernel table) is NULL; a plugin that does not offer "
            "\"bp.compile/1\" must have it");
  plugin_.get_extension = [](const char* id) -> const void* {
    return std::string(id) == "bp.compile/1" ? "a table" : nullptr;
  };
  EXPECT_TRUE(negotiate(plugin_).ok());
}

}  // namespace
}  // namespace backplane
