# albef_layer(NAME [TORCH] DEPENDS targets... [ONLY pattern]): one static library per folder of src/albef, of all its .cpp
# files or those that the pattern matches.
# The folders' order, and so which may include which, is told in docs/architecture.md and checked by tools/check_layers.py.
function(albef_layer name)
  cmake_parse_arguments(LAYER "TORCH" "ONLY" "DEPENDS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.cpp)
  if(LAYER_ONLY)
    list(FILTER sources INCLUDE REGEX "/${LAYER_ONLY}")
  endif()
  add_library(albef_${name} STATIC ${sources})
  target_include_directories(albef_${name} PUBLIC $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/src>)
  target_link_libraries(albef_${name} PUBLIC ${LAYER_DEPENDS} PRIVATE albef_compiler)
  if(LAYER_TORCH)
    target_link_libraries(albef_${name} PUBLIC albef_torch)
    target_precompile_headers(albef_${name} REUSE_FROM albef_pch)
  else()
    target_compile_options(albef_${name} PRIVATE $<$<CONFIG:Release>:-O3>)
  endif()
  set_property(GLOBAL APPEND PROPERTY ALBEF_LAYERS albef_${name})
endfunction()

# One precompiled header for all that includes torch: 38 s once instead of 8-20 s a file.
add_library(albef_pch OBJECT ${CMAKE_SOURCE_DIR}/cmake/pch.cpp)
target_include_directories(albef_pch PUBLIC ${CMAKE_SOURCE_DIR}/src)
target_link_libraries(albef_pch PUBLIC albef_torch PRIVATE albef_compiler)
target_precompile_headers(albef_pch PRIVATE <torch/torch.h> <string> <vector> <filesystem> <functional> <optional>)

# A program that uses it too: programs are compiled with -fPIE by default, which a header made with -fPIC does not suit.
function(albef_program_pch target)
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
  target_compile_options(${target} PRIVATE -fPIC)
  target_precompile_headers(${target} REUSE_FROM albef_pch)
endfunction()
