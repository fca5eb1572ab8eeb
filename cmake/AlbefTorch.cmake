# LibTorch as the imported target albef_torch; where it is looked for is told in AlbefTorchRoot.cmake.
# Libraries are linked by path instead of through TorchConfig.cmake, which refuses a CUDA build of torch on a machine
# without a CUDA toolkit; nothing of ours compiles CUDA code.
if(TARGET albef_torch)
  return()
endif()
option(ALBEF_CUDA "Take only a CUDA build of LibTorch" OFF)
include(${CMAKE_CURRENT_LIST_DIR}/AlbefTorchRoot.cmake)
message(STATUS "LibTorch ${ALBEF_TORCH_VERSION} in ${ALBEF_TORCH_ROOT}")

# Imported, so that an installed package can name it and find it anew.
add_library(albef_torch INTERFACE IMPORTED)
target_include_directories(albef_torch INTERFACE
  ${ALBEF_TORCH_ROOT}/include ${ALBEF_TORCH_ROOT}/include/torch/csrc/api/include)
set(_torch_lib ${ALBEF_TORCH_ROOT}/lib)
target_link_libraries(albef_torch INTERFACE ${_torch_lib}/libtorch.so ${_torch_lib}/libtorch_cpu.so ${_torch_lib}/libc10.so)
if(EXISTS ${_torch_lib}/libtorch_cuda.so)
  # Nothing refers to symbols of the CUDA library; it registers its kernels when it is loaded, so it must not be dropped.
  target_link_libraries(albef_torch INTERFACE
    -Wl,--push-state,--no-as-needed,${_torch_lib}/libtorch_cuda.so,${_torch_lib}/libc10_cuda.so,--pop-state)
endif()
# LibTorch's wheels export a std::filesystem of their own, of another compiler, some of whose functions crash outside of
# theirs (remove_all() in CUDA builds). So the standard library comes first, and its symbols count.
target_link_options(albef_torch INTERFACE -Wl,--push-state,--no-as-needed -lstdc++ -Wl,--pop-state)
target_link_options(albef_torch INTERFACE -Wl,-rpath,${_torch_lib} -Wl,-rpath-link,${_torch_lib} -Wl,--allow-shlib-undefined)
