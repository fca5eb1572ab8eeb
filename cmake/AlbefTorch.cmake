# LibTorch as the imported target albef_torch. Looked for, in this order:
#   1. -DCMAKE_PREFIX_PATH (a LibTorch archive or an installed torch package),
#   2. the torch package of the active Python,
#   3. build/torch, where tools/setup unpacks the wheel.
# Libraries are linked by path instead of through TorchConfig.cmake, which refuses a CUDA build of torch on a machine
# without a CUDA toolkit; nothing of ours compiles CUDA code.
set(_torch_candidates ${CMAKE_PREFIX_PATH})
if(NOT ALBEF_TORCH_ROOT)
  find_program(ALBEF_PYTHON NAMES python3 python)
  if(ALBEF_PYTHON)
    execute_process(COMMAND ${ALBEF_PYTHON} -c "import importlib.util as u; print(u.find_spec('torch').submodule_search_locations[0])"
                    OUTPUT_VARIABLE _python_torch OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    list(APPEND _torch_candidates ${_python_torch})
  endif()
  list(APPEND _torch_candidates ${CMAKE_SOURCE_DIR}/build/torch/torch)
  foreach(_candidate IN LISTS _torch_candidates)
    foreach(_root ${_candidate} ${_candidate}/torch ${_candidate}/../.. ${_candidate}/../../..)
      if(NOT ALBEF_TORCH_ROOT AND EXISTS ${_root}/lib/libtorch_cpu.so AND EXISTS ${_root}/include/torch/csrc/api/include/torch/torch.h)
        get_filename_component(_root ${_root} ABSOLUTE)
        set(ALBEF_TORCH_ROOT ${_root} CACHE PATH "LibTorch: the folder that holds include/ and lib/")
      endif()
    endforeach()
  endforeach()
endif()
if(NOT ALBEF_TORCH_ROOT)
  message(FATAL_ERROR "LibTorch was not found. Run tools/setup, or `pip install torch==2.13.0`, or pass -DCMAKE_PREFIX_PATH=/path/to/libtorch.")
endif()

file(STRINGS ${ALBEF_TORCH_ROOT}/include/torch/headeronly/version.h _version_lines REGEX "define TORCH_VERSION ")
string(REGEX REPLACE ".*\"(.*)\".*" "\\1" ALBEF_TORCH_VERSION "${_version_lines}")
message(STATUS "LibTorch ${ALBEF_TORCH_VERSION} in ${ALBEF_TORCH_ROOT}")

add_library(albef_torch INTERFACE)
target_include_directories(albef_torch SYSTEM INTERFACE
  $<BUILD_INTERFACE:${ALBEF_TORCH_ROOT}/include> $<BUILD_INTERFACE:${ALBEF_TORCH_ROOT}/include/torch/csrc/api/include>)
set(_torch_lib ${ALBEF_TORCH_ROOT}/lib)
set(ALBEF_TORCH_LIBRARIES ${_torch_lib}/libtorch.so ${_torch_lib}/libtorch_cpu.so ${_torch_lib}/libc10.so)
if(EXISTS ${_torch_lib}/libtorch_cuda.so)
  set(ALBEF_TORCH_CUDA ON)
  # Nothing refers to symbols of the CUDA library; it registers its kernels when it is loaded, so it must not be dropped.
  list(APPEND ALBEF_TORCH_LIBRARIES -Wl,--no-as-needed ${_torch_lib}/libtorch_cuda.so ${_torch_lib}/libc10_cuda.so -Wl,--as-needed)
endif()
target_link_libraries(albef_torch INTERFACE ${ALBEF_TORCH_LIBRARIES})
target_link_options(albef_torch INTERFACE -Wl,-rpath,${_torch_lib} -Wl,-rpath-link,${_torch_lib} -Wl,--allow-shlib-undefined)
