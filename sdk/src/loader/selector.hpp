// The names by which a caller asks for a device: "opencl:1", "org.backplane.opencl:1".
#pragma once

#include <cstdint>
#include <string>

namespace backplane {

struct Selector {
  std::string name;  // a plugin's short name, or its whole id
  uint32_t ordinal = 0;
};

// "opencl" and 1 from "opencl:1". Without ':' and digits behind it, the ordinal is 0.
Selector parse_selector(const std::string& text);
// The other way; an ordinal of 0 is left out.
std::string to_text(const Selector& selector);

// "opencl" from "org.backplane.opencl"
std::string short_name(const std::string& plugin_id);
// "opencl:1" from "org.backplane.opencl" and 1
std::string device_selector(const std::string& plugin_id, uint32_t index);

}  // namespace backplane
