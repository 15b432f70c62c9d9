// What is dear to make - compiled programs, the outcome of a tuning - kept in a folder from one
// start to the next.
#pragma once

#include <backplane/host.h>

#include <optional>
#include <string>

namespace backplane::opencl {

// An entry is a file: named after its key's hash, with the whole key and a checksum in it, so one
// that is damaged or another's is not found. It appears whole or not at all, whoever else writes.
// A folder that cannot be used is a line in the host's log, and never a failure. Any thread.
class Cache {
 public:
  // Keeps nothing and finds nothing.
  explicit Cache(const bp_host_t* host) : host_(host) {}
  // In `folder`, which is made if need be. What it holds is run as code: a folder that other users
  // may write is not used.
  Cache(const bp_host_t* host, const std::string& folder);

  std::optional<std::string> find(const std::string& key) const;
  void keep(const std::string& key, const std::string& bytes) const;
  // What `key` stands for turned out to be of no use.
  void forget(const std::string& key) const;

 private:
  std::string path_of(const std::string& key) const;
  void warn(const std::string& text) const;

  const bp_host_t* host_;
  std::string folder_;  // "": none
};

}  // namespace backplane::opencl
