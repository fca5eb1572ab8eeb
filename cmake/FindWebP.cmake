# The decoder and encoder of WebP as the target WebP::webp: Debian's package, or a static library in CMAKE_PREFIX_PATH.
# CMake has no module of its own for it, and what libwebp installs for CMake is not in Debian's package.
find_path(WebP_INCLUDE_DIR webp/decode.h)
find_library(WebP_LIBRARY webp)
find_library(WebP_SHARPYUV_LIBRARY sharpyuv)  # since libwebp 1.3; a static library leaves it to the program to link
mark_as_advanced(WebP_INCLUDE_DIR WebP_LIBRARY WebP_SHARPYUV_LIBRARY)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(WebP REQUIRED_VARS WebP_LIBRARY WebP_INCLUDE_DIR)
if(WebP_FOUND AND NOT TARGET WebP::webp)
  add_library(WebP::webp UNKNOWN IMPORTED)
  set_target_properties(WebP::webp PROPERTIES IMPORTED_LOCATION ${WebP_LIBRARY}
                        INTERFACE_INCLUDE_DIRECTORIES ${WebP_INCLUDE_DIR})
  if(WebP_LIBRARY MATCHES "\\${CMAKE_STATIC_LIBRARY_SUFFIX}$")
    find_package(Threads REQUIRED)
    set(needs Threads::Threads m)
    if(WebP_SHARPYUV_LIBRARY)
      list(PREPEND needs ${WebP_SHARPYUV_LIBRARY})
    endif()
    set_target_properties(WebP::webp PROPERTIES INTERFACE_LINK_LIBRARIES "${needs}")
  endif()
endif()
