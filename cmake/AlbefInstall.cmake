# `cmake --install build/release --prefix DIR`: the program, the headers, and all layers as one archive, which
# other projects take by find_package(albef) and target_link_libraries(their_target albef::albef).
include(CMakePackageConfigHelpers)

add_library(albef STATIC)
set_target_properties(albef PROPERTIES LINKER_LANGUAGE CXX)
target_compile_features(albef INTERFACE cxx_std_20)
target_include_directories(albef INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
get_property(layers GLOBAL PROPERTY ALBEF_LAYERS)
foreach(layer IN LISTS layers)
  target_sources(albef PRIVATE $<TARGET_OBJECTS:${layer}>)
  # The layers are in the archive; what is left is what they need from outside.
  get_target_property(needs ${layer} INTERFACE_LINK_LIBRARIES)
  list(FILTER needs EXCLUDE REGEX "albef_[a-z]+")
  list(TRANSFORM needs REPLACE ".+" "$<INSTALL_INTERFACE:\\0>")
  target_link_libraries(albef INTERFACE ${needs})
  string(REPLACE albef_ "" folder ${layer})
  install(DIRECTORY ${CMAKE_SOURCE_DIR}/src/albef/${folder} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/albef
          FILES_MATCHING PATTERN *.h)
endforeach()
target_link_libraries(albef INTERFACE $<INSTALL_INTERFACE:albef_torch>)

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/albef)
install(TARGETS albef EXPORT albefTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS albef_program RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(EXPORT albefTargets NAMESPACE albef:: DESTINATION ${package})
configure_package_config_file(${CMAKE_SOURCE_DIR}/cmake/albefConfig.cmake.in ${CMAKE_BINARY_DIR}/albefConfig.cmake
                              INSTALL_DESTINATION ${package})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/albefConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/albefConfig.cmake ${CMAKE_BINARY_DIR}/albefConfigVersion.cmake
              ${CMAKE_SOURCE_DIR}/cmake/AlbefArrow.cmake ${CMAKE_SOURCE_DIR}/cmake/AlbefTorch.cmake ${CMAKE_SOURCE_DIR}/cmake/AlbefTorchRoot.cmake
              ${CMAKE_SOURCE_DIR}/cmake/FindWebP.cmake
        DESTINATION ${package})
