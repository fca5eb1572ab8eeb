# -O3 only where loops are ours (see AlbefLayer): around LibTorch it costs build time and gains nothing.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")

# Warnings, sanitizers and build accelerators, on one interface target that every target of ours links.
add_library(albef_compiler INTERFACE)
target_compile_options(albef_compiler INTERFACE -Wall -Wextra)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(albef_compiler INTERFACE -Wno-restrict)  # false alarms on std::string (GCC bug 105651)
endif()
if(ALBEF_WERROR)
  target_compile_options(albef_compiler INTERFACE -Werror)
endif()
if(ALBEF_SANITIZE)
  target_compile_options(albef_compiler INTERFACE -fsanitize=${ALBEF_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(albef_compiler INTERFACE -fsanitize=${ALBEF_SANITIZE})
endif()

find_program(ALBEF_MOLD mold)
if(ALBEF_MOLD AND CMAKE_CXX_COMPILER_ID MATCHES "GNU|Clang" AND NOT ALBEF_SANITIZE)
  target_link_options(albef_compiler INTERFACE -fuse-ld=mold)
endif()
find_program(ALBEF_CCACHE ccache)
if(ALBEF_CCACHE)
  # A precompiled header is an input that ccache follows only when told that its time stamp does not matter.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${ALBEF_CCACHE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-fpch-preprocess)
  endif()
endif()
