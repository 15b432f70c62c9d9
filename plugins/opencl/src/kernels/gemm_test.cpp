// Every tiling that the device runs, against sums in double.
#include "gemm.hpp"

#include "test_device.hpp"

namespace backplane::opencl {
namespace {

using testing::DeviceTensor;
using testing::Expected;
using testing::random_numbers;

struct Case {
  uint64_t rows, columns, inner;
  bool is_a_transposed = false, is_b_transposed = false;
};

class GemmTest : public testing::DeviceTest {
 protected:
  // Every tiling, with the sizes at and around its tiles and blocks.
  template <class Run>
  void for_each_tiling(Run run) {
    for (const Tiling& tiling : tilings()) {
      SCOPED_TRACE(tiling.name());
      if (can_run(tiling, tiling_limits(device_->facts.id))) run(tiling);
    }
  }

  static Steps steps_of(const Case& asked) {
    Steps steps;
    steps.a_row = asked.is_a_transposed ? 1 : asked.inner;
    steps.a_inner = asked.is_a_transposed ? asked.rows : 1;
    steps.b_inner = asked.is_b_transposed ? 1 : asked.columns;
    steps.b_column = asked.is_b_transposed ? asked.inner : 1;
    return steps;
  }

  void check_plain(TiledProduct& product, const Case& asked) {
    SCOPED_TRACE(std::to_string(asked.rows) + "x" + std::to_string(asked.inner) + "x" +
                 std::to_string(asked.columns));
    const std::vector<float> a = random_numbers(asked.rows * asked.inner, 1);
    const std::vector<float> b = random_numbers(asked.inner * asked.columns, 2);
    const DeviceTensor on_a = flat(a), on_b = flat(b);
    const DeviceTensor on_y = flat(std::vector<float>(asked.rows * asked.columns, NAN));
    const Sizes sizes = {asked.rows, asked.columns, asked.inner};
    product.launch(*stream_, {on_a.tensor, on_b.tensor, nullptr, on_y.tensor, sizes,
                              steps_of(asked), Walk{}, 1, 0});
    const Steps steps = steps_of(asked);
    expect_near(on_y.read(), sizes, [&](uint64_t row, uint64_t column) {
      Expected expected;
      for (uint64_t k = 0; k < asked.inner; ++k)
        expected.add(double{a[row * steps.a_row + k * steps.a_inner]} *
                     b[k * steps.b_inner + column * steps.b_column]);
      return expected;
    });
  }

  DeviceTensor flat(const std::vector<float>& values) {
    return tensor({static_cast<int64_t>(values.size())}, values);
  }

  // `of(row, column)` is what is expected; the first wrong element is enough.
  template <class Of>
  static void expect_near(const std::vector<float>& y, const Sizes& sizes, Of of) {
    for (uint64_t row = 0; row < sizes.rows; ++row)
      for (uint64_t column = 0; column < sizes.columns; ++column) {
        const Expected expected = of(row, column);
        ASSERT_NEAR(y[row * sizes.columns + column], expected.sum, expected.bound())
            << "row " << row << ", column " << column;
      }
  }
};

TEST_F(GemmTest, SizesAroundTilesAndBlocks) {
  for_each_tiling([&](const Tiling& tiling) {
    TiledProduct product(*device_, tiling, BP_DTYPE_FLOAT32, "");
    const uint64_t rows = tiling.tile_rows(), columns = tiling.tile_columns();
    const uint64_t depth = tiling.depth;
    for (const Case& asked :
         {Case{1, 1, 1}, Case{rows, columns, depth}, Case{rows - 1, columns - 1, depth - 1},
          Case{rows + 1, columns + 1, depth + 1}, Case{7, 101, 13}, Case{131, 67, 2 * depth + 3},
          Case{rows * 3 + 2, 1, 17}, Case{1, columns * 2 + 3, 19}, Case{5, 5, 0}})
      check_plain(product, asked);
  });
}

TEST_F(GemmTest, TransposedMatrices) {
  for_each_tiling([&](const Tiling& tiling) {
    TiledProduct product(*device_, tiling, BP_DTYPE_FLOAT32, "");
    for (const bool is_a_transposed : {false, true})
      for (const bool is_b_transposed : {false, true})
        check_plain(product, {29, 83, 2u * tiling.depth + 1, is_a_transposed, is_b_transposed});
  });
}

TEST_F(GemmTest, AlphaAndBetaAndEveryShapeOfC) {
  const Sizes sizes = {23, 71, 37};
  const std::vector<float> a = random_numbers(sizes.rows * sizes.inner, 1);
  const std::vector<float> b = random_numbers(sizes.inner * sizes.columns, 2);
  const std::vector<float> c = random_numbers(sizes.rows * sizes.columns, 3);
  const cl_float alpha = 0.75F, beta = -1.5F;
  for_each_tiling([&](const Tiling& tiling) {
    TiledProduct product(*device_, tiling, BP_DTYPE_FLOAT32, " -DIS_GEMM=1 -DHAS_C=1");
    for (const uint64_t c_row : {uint64_t{0}, uint64_t{1}, sizes.columns})
      for (const uint64_t c_column : {0u, 1u}) {
        const DeviceTensor on_a = flat(a), on_b = flat(b), on_c = flat(c);
        const DeviceTensor on_y = flat(std::vector<float>(sizes.rows * sizes.columns, NAN));
        Steps steps;
        steps.a_row = sizes.inner;
        steps.b_inner = sizes.columns;
        steps.c_row = c_row;
        steps.c_column = c_column;
        product.launch(*stream_, {on_a.tensor, on_b.tensor, &on_c.tensor, on_y.tensor, sizes, steps,
                                  Walk{}, alpha, beta});
        expect_near(on_y.read(), sizes, [&](uint64_t row, uint64_t column) {
          Expected expected;
          for (uint64_t k = 0; k < sizes.inner; ++k)
            expected.add(double{alpha} * a[row * sizes.inner + k] * b[k * sizes.columns + column]);
          expected.add(double{beta} * c[row * c_row + column * c_column]);
          expected.terms += 2;  // alpha and beta round, too
          return expected;
        });
      }
  });
}

TEST_F(GemmTest, BatchesAreBroadcast) {
  const Sizes sizes = {19, 45, 23};
  const uint64_t of_a = sizes.rows * sizes.inner, of_b = sizes.inner * sizes.columns;
  const uint64_t of_y = sizes.rows * sizes.columns;
  const std::vector<float> a = random_numbers(2 * of_a, 1);  // [2, 1]
  const std::vector<float> b = random_numbers(3 * of_b, 2);  // [3]
  Walk batch;
  batch.rank = 2;
  batch.sizes[0] = 2;
  batch.sizes[1] = 3;
  batch.strides[0][0] = of_a;
  batch.strides[1][1] = of_b;
  Steps steps;
  steps.a_row = sizes.inner;
  steps.b_inner = sizes.columns;
  for_each_tiling([&](const Tiling& tiling) {
    TiledProduct product(*device_, tiling, BP_DTYPE_FLOAT32, "");
    const DeviceTensor on_a = flat(a), on_b = flat(b);
    const DeviceTensor on_y = flat(std::vector<float>(6 * of_y, NAN));
    product.launch(*stream_,
                   {on_a.tensor, on_b.tensor, nullptr, on_y.tensor, sizes, steps, batch, 1, 0});
    const std::vector<float> y = on_y.read();
    for (uint64_t matrix = 0; matrix < 6; ++matrix)
      expect_near({y.begin() + static_cast<ptrdiff_t>(matrix * of_y), y.end()}, sizes,
                  [&](uint64_t row, uint64_t column) {
                    Expected expected;
                    for (uint64_t k = 0; k < sizes.inner; ++k)
                      expected.add(double{a[matrix / 3 * of_a + row * sizes.inner + k]} *
                                   b[matrix % 3 * of_b + k * sizes.columns + column]);
                    return expected;
                  });
  });
}

TEST_F(GemmTest, Float16IsStorageOnly) {
  const Sizes sizes = {26, 71, 70};
  const std::vector<float> a = testing::whole_numbers(sizes.rows * sizes.inner, 1);
  const std::vector<float> b = testing::whole_numbers(sizes.inner * sizes.columns, 2);
  DeviceTensor on_a = flat(testing::as_halves(a)), on_b = flat(testing::as_halves(b));
  DeviceTensor on_y = flat(std::vector<float>(sizes.rows * sizes.columns / 2, NAN));
  for (DeviceTensor* each : {&on_a, &on_b, &on_y}) each->tensor.type.dtype = BP_DTYPE_FLOAT16;
  for_each_tiling([&](const Tiling& tiling) {
    TiledProduct product(*device_, tiling, BP_DTYPE_FLOAT16, "");
    for (const bool is_b_transposed : {false, true}) {
      const Case asked = {sizes.rows, sizes.columns, sizes.inner, false, is_b_transposed};
      const Steps steps = steps_of(asked);
      product.launch(*stream_,
                     {on_a.tensor, on_b.tensor, nullptr, on_y.tensor, sizes, steps, Walk{}, 1, 0});
      expect_near(testing::from_halves(on_y.read()), sizes, [&](uint64_t row, uint64_t column) {
        Expected exact;
        for (uint64_t k = 0; k < sizes.inner; ++k)
          exact.sum +=
              double{a[row * steps.a_row + k]} * b[k * steps.b_inner + column * steps.b_column];
        return exact;
      });
    }
  });
}

TEST_F(GemmTest, TheEpilogueIsTheLastThingDone) {
  const Sizes sizes = {9, 45, 5};
  const std::vector<float> a = random_numbers(sizes.rows * sizes.inner, 1);
  const std::vector<float> b = random_numbers(sizes.inner * sizes.columns, 2);
  const std::vector<float> of_columns = random_numbers(sizes.columns, 3);
  const std::vector<float> of_rows = random_numbers(sizes.rows, 4);
  const Epilogue epilogue(parse_expression("in0 in1 add magnitude in2 multiply", 3), 2, {1, 1});
  Steps steps;
  steps.a_row = sizes.inner;
  steps.b_inner = sizes.columns;
  for (const Tiling& tiling : {tilings()[0], tilings()[2], tilings()[8]}) {  // vectors of 16, 8, 2
    if (!can_run(tiling, tiling_limits(device_->facts.id))) continue;
    SCOPED_TRACE(tiling.name());
    TiledProduct product(*device_, tiling, BP_DTYPE_FLOAT32, " -DIS_GEMM=1", epilogue);
    const DeviceTensor on_a = flat(a), on_b = flat(b), on_columns = flat(of_columns);
    const DeviceTensor on_rows = tensor({9, 1}, of_rows);
    const DeviceTensor on_y = tensor({9, 45}, std::vector<float>(sizes.rows * sizes.columns, NAN));
    const std::vector<bp_tensor_t> inputs = {{}, {}, {}, on_columns.tensor, on_rows.tensor};
    product.launch(*stream_, {on_a.tensor, on_b.tensor, nullptr, on_y.tensor, sizes, steps, Walk{},
                              -2, 0, inputs.data()});
    expect_near(on_y.read(), sizes, [&](uint64_t row, uint64_t column) {
      Expected expected;
      for (uint64_t k = 0; k < sizes.inner; ++k)
        expected.add(-2.0 * a[row * sizes.inner + k] * b[k * sizes.columns + column]);
      expected.add(of_columns[column]);
      expected.terms += 2;  // alpha, and the last product
      expected.sum = std::abs(expected.sum) * of_rows[row];
      expected.magnitudes *= std::abs(of_rows[row]);
      return expected;
    });
  }
}

}  // namespace
}  // namespace backplane::opencl
