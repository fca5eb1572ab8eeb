# Finds LibTorch: sets ALBEF_TORCH_ROOT, the folder that holds its include/ and lib/, and ALBEF_TORCH_VERSION.
# Looked for, in this order:
#   1. ALBEF_TORCH_ROOT, by -D or in the environment: that one or none,
#   2. CMAKE_PREFIX_PATH, by -D or in the environment: a LibTorch archive, or a Python's prefix or torch package,
#   3. the torch package of the active Python,
#   4. ALBEF_TORCH_FALLBACK: build/torch, where tools/setup unpacks the wheel; in an installed package what it was built with.
# ALBEF_CUDA=ON takes only a CUDA build; ALBEF_TORCH_EXACT only that version.
# It is also a script that fails where there is none: cmake -P cmake/AlbefTorchRoot.cmake
set(ALBEF_TORCH_MINIMUM 2.11)
if(NOT DEFINED ALBEF_TORCH_FALLBACK)
  set(ALBEF_TORCH_FALLBACK ${CMAKE_CURRENT_LIST_DIR}/../build/torch)
endif()

# Sets OUT to the version of the LibTorch in ROOT, or to nothing where none is that suits.
function(albef_torch_version root out)
  set(${out} "" PARENT_SCOPE)
  set(header ${root}/include/torch/headeronly/version.h)
  if(NOT EXISTS ${root}/lib/libtorch_cpu.so)
    return()
  elseif(NOT EXISTS ${header})
    message(STATUS "LibTorch in ${root} is passed over: older than ${ALBEF_TORCH_MINIMUM}, or without its headers")
    return()
  elseif(ALBEF_CUDA AND NOT EXISTS ${root}/lib/libtorch_cuda.so)
    message(STATUS "LibTorch in ${root} is passed over: not a CUDA build, which ALBEF_CUDA=ON asks for")
    return()
  endif()
  set(version "")
  foreach(part MAJOR MINOR PATCH)
    file(STRINGS ${header} line REGEX "define TORCH_VERSION_${part} ")
    string(REGEX MATCH "[0-9]+$" number "${line}")
    list(APPEND version ${number})
  endforeach()
  list(JOIN version . version)
  if(version VERSION_LESS ALBEF_TORCH_MINIMUM)
    message(STATUS "LibTorch ${version} in ${root} is passed over: ${ALBEF_TORCH_MINIMUM} or newer is needed")
  elseif(ALBEF_TORCH_EXACT AND NOT version VERSION_EQUAL ALBEF_TORCH_EXACT)
    message(STATUS "LibTorch ${version} in ${root} is passed over: ${ALBEF_TORCH_EXACT} is needed")
  else()
    set(${out} ${version} PARENT_SCOPE)
  endif()
endfunction()

# Sets OUT to the folders where LibTorch may be, best first.
function(albef_torch_candidates out)
  if(NOT ALBEF_TORCH_ROOT AND DEFINED ENV{ALBEF_TORCH_ROOT})
    set(ALBEF_TORCH_ROOT $ENV{ALBEF_TORCH_ROOT})
  endif()
  if(ALBEF_TORCH_ROOT)
    set(${out} ${ALBEF_TORCH_ROOT} ${ALBEF_TORCH_ROOT}/torch PARENT_SCOPE)
    return()
  endif()
  string(REPLACE ":" ";" environment "$ENV{CMAKE_PREFIX_PATH}")
  find_program(python NAMES python3 python NO_CACHE)
  if(python)
    execute_process(
      COMMAND ${python} -c "import importlib.util as u; print(u.find_spec('torch').submodule_search_locations[0])"
      OUTPUT_VARIABLE python_torch OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  endif()
  foreach(prefix ${CMAKE_PREFIX_PATH} ${environment})
    file(GLOB packages ${prefix}/lib/python3*/site-packages/torch)
    list(APPEND folders ${prefix} ${prefix}/torch ${packages} ${prefix}/../.. ${prefix}/../../..)
  endforeach()
  foreach(folder ${python_torch} ${ALBEF_TORCH_FALLBACK})
    list(APPEND folders ${folder} ${folder}/torch)
  endforeach()
  set(${out} ${folders} PARENT_SCOPE)
endfunction()

albef_torch_candidates(_folders)
set(ALBEF_TORCH_VERSION "")
foreach(_folder IN LISTS _folders)
  albef_torch_version(${_folder} ALBEF_TORCH_VERSION)
  if(ALBEF_TORCH_VERSION)
    get_filename_component(ALBEF_TORCH_ROOT ${_folder} ABSOLUTE)
    break()
  endif()
endforeach()
if(NOT ALBEF_TORCH_VERSION)
  list(JOIN _folders "\n  " _folders)
  message(FATAL_ERROR "No LibTorch that suits was found. Run tools/setup, or `pip install torch==2.13.0`, or pass "
                      "-DCMAKE_PREFIX_PATH=/path/to/libtorch. Looked in\n  ${_folders}")
endif()
