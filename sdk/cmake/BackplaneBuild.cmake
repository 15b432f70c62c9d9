# How everything in this tree is compiled: standard, warnings, sanitizers, where files go.
# The build tree has the layout of an installed one, so that programs find plugins in both.

set(CMAKE_C_STANDARD 11)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_CXX_STANDARD 17)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/${CMAKE_INSTALL_BINDIR}")
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/${CMAKE_INSTALL_LIBDIR}")
set(BACKPLANE_PRIVATE_DIR "${CMAKE_INSTALL_LIBDIR}/backplane") # plugins, manifests, the probe

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()
if(BACKPLANE_SANITIZE)
  add_compile_options(-fsanitize=${BACKPLANE_SANITIZE} -fno-omit-frame-pointer
                      -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${BACKPLANE_SANITIZE})
endif()

# Warnings of our own code; link to it privately.
add_library(backplane_warnings INTERFACE)
target_compile_options(backplane_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wvla -Werror
  $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor -Woverloaded-virtual>)

# backplane_add_module(NAME SOURCES ... LINK ... PRIVATE ...): one folder of sdk/src or conformance
# as a static library. LINK is seen by users of the module, PRIVATE is not.
function(backplane_add_module name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK;PRIVATE" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR}/sdk/src)
  target_link_libraries(${name} PUBLIC backplane::abi ${ARG_LINK}
                        PRIVATE backplane_warnings ${ARG_PRIVATE})
endfunction()

# backplane_families(SOURCES HEADER FOLDER ... BEGIN ... TABLE ... INCLUDE ... NAMESPACE ... [SUPPORT ...]): every
# .cpp file in FOLDER is a family of operators with one function `BEGIN<file name>(TABLE&)`, but tests,
# benchmarks and those of SUPPORT. Writes HEADER, whose `BEGINall` calls each, so that a new operator is
# listed nowhere; SOURCES becomes the list of the files.
function(backplane_families sources header)
  cmake_parse_arguments(ARG "" "FOLDER;BEGIN;TABLE;INCLUDE;NAMESPACE" "SUPPORT" ${ARGN})
  file(GLOB files CONFIGURE_DEPENDS "${ARG_FOLDER}/*.cpp")
  list(FILTER files EXCLUDE REGEX "_(test|benchmark)\\.cpp$")
  list(TRANSFORM ARG_SUPPORT REPLACE "(.+)" "${ARG_FOLDER}/\\1.cpp")
  list(REMOVE_ITEM files ${ARG_SUPPORT})
  set(declarations "")
  set(calls "")
  foreach(file IN LISTS files)
    get_filename_component(family "${file}" NAME_WE)
    string(APPEND declarations "void ${ARG_BEGIN}${family}(${ARG_TABLE}& table);\n")
    string(APPEND calls "  ${ARG_BEGIN}${family}(table);\n")
  endforeach()
  file(CONFIGURE OUTPUT "${header}" @ONLY CONTENT
[[// Made by the build from the names of the files in @ARG_FOLDER@.
#pragma once

#include "@ARG_INCLUDE@"

namespace @ARG_NAMESPACE@ {

@declarations@
inline void @ARG_BEGIN@all(@ARG_TABLE@& table) {
@calls@}

}  // namespace @ARG_NAMESPACE@
]])
  set(${sources} ${files} ${ARG_SUPPORT} PARENT_SCOPE)
endfunction()

# backplane_add_test(NAME SOURCES ... LINK ... [TIMEOUT SECONDS] [ONE_THREAD]): a GoogleTest program,
# one ctest entry a test. Of ONE_THREAD there is nothing to see for ThreadSanitizer: left out there.
function(backplane_add_test name)
  if(NOT BACKPLANE_BUILD_TESTS)
    return()
  endif()
  cmake_parse_arguments(ARG "ONE_THREAD" "TIMEOUT" "SOURCES;LINK;LABELS" ${ARGN})
  if(ARG_ONE_THREAD AND BACKPLANE_SANITIZE MATCHES "thread")
    return()
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  add_executable(${name} ${ARG_SOURCES})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")
  target_link_libraries(${name} PRIVATE backplane_warnings ${ARG_LINK} GTest::gtest_main GTest::gmock)
  gtest_discover_tests(${name} TEST_PREFIX "${name}." DISCOVERY_TIMEOUT 60
                       PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS "${ARG_LABELS}")
endfunction()

# backplane_add_benchmark(NAME SOURCES ... LINK ...): a Google Benchmark program.
function(backplane_add_benchmark name)
  if(NOT BACKPLANE_BUILD_BENCHMARKS)
    return()
  endif()
  find_package(benchmark REQUIRED)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/benchmarks")
  target_link_libraries(${name} PRIVATE backplane_warnings ${ARG_LINK} benchmark::benchmark_main)
endfunction()
