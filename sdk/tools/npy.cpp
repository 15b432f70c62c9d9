#include "npy.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>

#include "support/tensor_type.hpp"

namespace backplane {
namespace {

constexpr char kMagic[] = "\x93NUMPY";
constexpr size_t kMagicSize = 6;
constexpr size_t kAlignment = 64;  // of the data in the file, as NumPy has it

struct Descr {
  bp_dtype_t dtype;
  const char* text;
};

constexpr Descr kDescrs[] = {
    {BP_DTYPE_FLOAT32, "<f4"}, {BP_DTYPE_FLOAT64, "<f8"}, {BP_DTYPE_FLOAT16, "<f2"},
    {BP_DTYPE_INT8, "|i1"},    {BP_DTYPE_INT16, "<i2"},   {BP_DTYPE_INT32, "<i4"},
    {BP_DTYPE_INT64, "<i8"},   {BP_DTYPE_UINT8, "|u1"},   {BP_DTYPE_UINT16, "<u2"},
    {BP_DTYPE_UINT32, "<u4"},  {BP_DTYPE_UINT64, "<u8"},  {BP_DTYPE_BOOL, "|b1"},
    {BP_DTYPE_BFLOAT16, "<V2"}};

// A byte order says nothing of one byte, and nothing of raw bytes.
bool same_descr(const std::string& found, const std::string& known) {
  if (found.size() < 2 || found.substr(1) != known.substr(1)) return false;
  if (found[0] == known[0]) return true;
  return (known[0] == '|' && found[0] == '<') || (known == "<V2" && found[0] == '|');
}

// The header is the text of a Python dictionary with three keys: read it, and nothing else.
class Header {
 public:
  explicit Header(const std::string& text) : text_(text) {}

  Status parse() {
    if (!take('{')) return wrong("a dictionary");
    while (!take('}')) {
      const std::optional<std::string> key = text();
      if (!key.has_value() || !take(':')) return wrong("a key");
      if (!value(*key)) return wrong("a value for '" + *key + "'");
      if (!take(',') && !is_next('}')) return wrong("',' or '}'");
    }
    skip_space();
    if (at_ != text_.size()) return wrong("its end");
    if (!descr_.has_value() || !is_fortran_.has_value() || !shape_.has_value())
      return corrupt("the .npy header lacks 'descr', 'fortran_order' or 'shape'");
    return {};
  }

  const std::string& descr() const { return *descr_; }
  bool is_fortran() const { return *is_fortran_; }
  const Shape& shape() const { return *shape_; }

 private:
  void skip_space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
  }
  bool is_next(char c) {
    skip_space();
    return at_ < text_.size() && text_[at_] == c;
  }
  bool take(char c) {
    const bool is_there = is_next(c);
    at_ += is_there ? 1 : 0;
    return is_there;
  }
  bool take_word(const std::string& word) {
    skip_space();
    if (text_.compare(at_, word.size(), word) != 0) return false;
    at_ += word.size();
    return true;
  }
  Status wrong(const std::string& wanted) const {
    return corrupt("the .npy header is at odds with itself: at character " + std::to_string(at_) +
                   " there should be " + wanted);
  }

  std::optional<std::string> text() {
    skip_space();
    if (at_ >= text_.size() || (text_[at_] != '\'' && text_[at_] != '"')) return std::nullopt;
    const size_t end = text_.find(text_[at_], at_ + 1);
    if (end == std::string::npos) return std::nullopt;
    std::string found = text_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    return found;
  }

  std::optional<int64_t> number() {
    skip_space();
    int64_t value = 0;
    const size_t begin = at_;
    for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_)
      if (__builtin_mul_overflow(value, 10, &value) ||
          __builtin_add_overflow(value, text_[at_] - '0', &value))
        return std::nullopt;
    return at_ > begin ? std::optional(value) : std::nullopt;
  }

  bool shape() {
    shape_.emplace();
    if (!take('(')) return false;
    while (!take(')')) {
      const std::optional<int64_t> size = number();
      if (!size.has_value() || (!take(',') && !is_next(')'))) return false;
      shape_->push_back(*size);
    }
    return true;
  }

  bool value(const std::string& key) {
    if (key == "descr") {
      descr_ = text();
      return descr_.has_value();
    }
    if (key == "shape") return shape();
    if (key != "fortran_order") return false;
    is_fortran_ = take_word("True");
    return *is_fortran_ || take_word("False");
  }

  const std::string& text_;
  size_t at_ = 0;
  std::optional<std::string> descr_;
  std::optional<bool> is_fortran_;
  std::optional<Shape> shape_;
};

uint64_t little_endian(const std::string& file, size_t at, size_t size) {
  uint64_t value = 0;
  for (size_t i = 0; i < size; ++i)
    value |= uint64_t{static_cast<unsigned char>(file[at + i])} << (8 * i);
  return value;
}

Result<bp_tensor_type_t> type_of(const Header& header) {
  if (header.is_fortran())
    return unsupported("the array is in Fortran order; save it with numpy.ascontiguousarray");
  if (header.shape().size() > BP_MAX_RANK)
    return unsupported("the array has rank " + std::to_string(header.shape().size()) +
                       ", at most 8 is possible");
  for (const Descr& known : kDescrs)
    if (same_descr(header.descr(), known.text)) return tensor_type(known.dtype, header.shape());
  return unsupported("elements of type '" + header.descr() +
                     "'; little-endian numbers and bool "
                     "are known");
}

}  // namespace

Result<NpyArray> parse_npy(const std::string& file) {
  if (file.size() < kMagicSize + 2 || file.compare(0, kMagicSize, kMagic) != 0)
    return corrupt("it is no .npy file");
  const int version = static_cast<unsigned char>(file[kMagicSize]);
  if ((version != 1 && version != 2) || file[kMagicSize + 1] != 0)
    return unsupported("version " + std::to_string(version) + "." +
                       std::to_string(file[kMagicSize + 1]) + " of .npy; 1.0 and 2.0 are known");
  const size_t length_size = version == 1 ? 2 : 4;
  const size_t begin = kMagicSize + 2 + length_size;
  if (file.size() < begin) return corrupt("the .npy file is cut short");
  const uint64_t length = little_endian(file, kMagicSize + 2, length_size);
  if (length > file.size() - begin) return corrupt("the .npy file is cut short in its header");
  const std::string text = file.substr(begin, length);
  Header header(text);
  Status parsed = header.parse();
  if (!parsed.ok()) return parsed;
  Result<bp_tensor_type_t> type = type_of(header);
  if (!type.ok()) return type.status();
  Result<uint64_t> size = byte_size(*type);
  if (!size.ok()) return corrupt(size.status().text());
  const uint64_t there = file.size() - begin - length;
  if (there != *size)
    return corrupt("the .npy file has " + std::to_string(there) + " bytes of data, and " +
                   to_text(*type) + " is " + std::to_string(*size));
  return NpyArray{*type, {file.end() - static_cast<std::ptrdiff_t>(there), file.end()}};
}

Result<std::string> format_npy(const bp_tensor_type_t& type, const void* bytes) {
  Result<uint64_t> size = byte_size(type);
  if (!size.ok()) return size.status();
  const char* descr = nullptr;
  for (const Descr& known : kDescrs)
    if (known.dtype == type.dtype) descr = known.text;
  if (descr == nullptr) return unsupported("a .npy file cannot hold " + dtype_name(type.dtype));
  std::string shape;
  for (int64_t dimension : shape_of(type)) shape += std::to_string(dimension) + ", ";
  std::string header =
      std::string("{'descr': '") + descr + "', 'fortran_order': False, 'shape': (" + shape + "), }";
  const size_t before = kMagicSize + 4;
  header.resize((before + header.size() + kAlignment) / kAlignment * kAlignment - before - 1, ' ');
  header += '\n';
  std::string file(kMagic, kMagicSize);
  file +=
      {'\1', '\0', static_cast<char>(header.size() & 0xff), static_cast<char>(header.size() >> 8)};
  return file + header + std::string(static_cast<const char*>(bytes), *size);
}

Result<std::string> read_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return invalid_argument(path + ": " + std::strerror(errno));
  std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (file.bad()) return invalid_argument(path + ": it cannot be read to its end");
  return bytes;
}

Result<NpyArray> read_npy_file(const std::string& path) {
  Result<std::string> file = read_bytes(path);
  if (!file.ok()) return file.status();
  Result<NpyArray> array = parse_npy(*file);
  if (!array.ok()) return array.status().in(path);
  return array;
}

Status write_npy_file(const std::string& path, const bp_tensor_type_t& type, const void* bytes) {
  Result<std::string> text = format_npy(type, bytes);
  if (!text.ok()) return text.status().in(path);
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(text->data(), static_cast<std::streamsize>(text->size()));
  file.close();
  return file ? Status() : invalid_argument(path + ": it cannot be written");
}

}  // namespace backplane
