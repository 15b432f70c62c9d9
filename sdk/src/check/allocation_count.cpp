// A file of its own: a compiler that sees these functions where they are used warns that new and
// free do not fit.
#include "check/allocation_count.hpp"

#include <cstdlib>
#include <new>

namespace backplane::check {
namespace {

thread_local int allocations = 0;

void* counted(std::size_t size) noexcept {
  ++allocations;
  return std::malloc(size);
}

void* counted_or_thrown(std::size_t size) {
  void* block = counted(size);
  if (block == nullptr) throw std::bad_alloc();
  return block;
}

}  // namespace

void start_counting_allocations() { allocations = 0; }
int allocations_so_far() { return allocations; }

}  // namespace backplane::check

void* operator new(std::size_t size) { return backplane::check::counted_or_thrown(size); }
void* operator new[](std::size_t size) { return backplane::check::counted_or_thrown(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return backplane::check::counted(size);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return backplane::check::counted(size);
}
void operator delete(void* block) noexcept { std::free(block); }
void operator delete[](void* block) noexcept { std::free(block); }
void operator delete(void* block, std::size_t) noexcept { std::free(block); }
void operator delete[](void* block, std::size_t) noexcept { std::free(block); }
