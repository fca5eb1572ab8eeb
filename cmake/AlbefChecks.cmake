# Included at the end of tests/CMakeLists.txt: which test programs run under sanitizers, and tests of the tree itself.

# The presets asan and tsan build and run these alone: LibTorch's part of a test takes ten times as long under them.
function(albef_sanitized label)
  add_custom_target(${label}_tests)
  foreach(folder IN LISTS ARGN)
    if(TARGET ${folder}_tests)
      add_dependencies(${label}_tests ${folder}_tests)
      set_property(TEST ${folder} APPEND PROPERTY LABELS ${label})
    endif()
  endforeach()
endfunction()
albef_sanitized(parser base text image io data)  # what reads files of others
albef_sanitized(thread base data)                # what has threads
if(TEST io)
  set_property(TEST io APPEND PROPERTY ENVIRONMENT ASAN_OPTIONS=detect_leaks=0)  # LibTorch keeps what it allocates once
endif()

if(NOT ALBEF_CORE_ONLY)  # there a machine may have no Python, and no libraries for the examples
  find_package(Python3 REQUIRED COMPONENTS Interpreter)
  add_test(NAME layers COMMAND Python3::Interpreter ${CMAKE_SOURCE_DIR}/tools/check_layers.py)
  add_test(NAME links COMMAND Python3::Interpreter ${CMAKE_SOURCE_DIR}/tools/check_links.py)
endif()
if(NOT ALBEF_CORE_ONLY AND NOT ALBEF_SANITIZE)
  add_test(NAME package COMMAND ${CMAKE_SOURCE_DIR}/tools/check_package ${CMAKE_BINARY_DIR} ${ALBEF_TORCH_ROOT})
  set_tests_properties(package PROPERTIES TIMEOUT 1200)
endif()
