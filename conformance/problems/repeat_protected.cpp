#include "problems/protected_slot.hpp"
#include "problems/repeats.hpp"

namespace backplane::conformance {

std::optional<Outputs> launch_between_protected_pages(const Repeatable& repeatable,
                                                      const LaunchData& data,
                                                      const Surroundings& around) {
  Subject& subject = repeatable.subject;
  try {
    Launches launches(subject, repeatable.kernel, repeatable.strides, repeatable.stream,
                      [&subject](size_t) { return protected_slot(subject); });
    launches.prepare(data, around);
    subject.during("between protected pages");
    launches.launch_and_wait();
    Outputs outputs = launches.collect();
    subject.during("");
    return outputs;
  } catch (const NoImport&) {
    return std::nullopt;
  }
}

}  // namespace backplane::conformance
