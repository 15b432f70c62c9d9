# Install, export and package. Three components: sdk (what an author of plugins or a framework
# compiles against), host (libbackplane and the commands), plugins (added by backplane_add_plugin).
# Targets that a build leaves out are left out of its package.

include(CMakePackageConfigHelpers)
set(cmake_dir "${CMAKE_INSTALL_LIBDIR}/cmake/Backplane")
set(pkgconfig_dir "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
set(template_dir "${CMAKE_INSTALL_DATADIR}/backplane/template")

# ---- sdk: headers, CMake functions, pkg-config, the plugin template ----
set_target_properties(backplane_abi PROPERTIES EXPORT_NAME abi)
set_target_properties(backplane_plugin PROPERTIES EXPORT_NAME plugin)
install(TARGETS backplane_abi backplane_plugin EXPORT BackplaneSdkTargets)
install(EXPORT BackplaneSdkTargets NAMESPACE backplane:: DESTINATION "${cmake_dir}" COMPONENT sdk)
install(DIRECTORY "${PROJECT_SOURCE_DIR}/sdk/include/backplane"
        DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT sdk
        FILES_MATCHING PATTERN "*.h" PATTERN "*.hpp")
install(FILES sdk/cmake/BackplanePlugin.cmake sdk/cmake/plugin.map
        DESTINATION "${cmake_dir}" COMPONENT sdk)
foreach(file src/hello_plugin.c src/hello_plugin.cpp
             template/CMakeLists.txt.in template/README.md.in)
  install(FILES plugins/hello/${file} DESTINATION "${template_dir}" COMPONENT sdk)
  get_filename_component(name ${file} NAME) # `backplane new-plugin` looks for it in both trees
  configure_file(plugins/hello/${file} "${PROJECT_BINARY_DIR}/${template_dir}/${name}" COPYONLY)
endforeach()

configure_package_config_file(sdk/cmake/BackplaneConfig.cmake.in
  "${PROJECT_BINARY_DIR}/package/BackplaneConfig.cmake" INSTALL_DESTINATION "${cmake_dir}"
  NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/package/BackplaneConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/package/BackplaneConfig.cmake"
              "${PROJECT_BINARY_DIR}/package/BackplaneConfigVersion.cmake"
        DESTINATION "${cmake_dir}" COMPONENT sdk)

# Paths in the .pc files are relative to themselves, so that an installed tree can be moved.
file(RELATIVE_PATH prefix_from_pc "/${pkgconfig_dir}" "/")
file(RELATIVE_PATH prefix_from_bin "/${CMAKE_INSTALL_BINDIR}" "/")
configure_file(sdk/cmake/backplane-abi.pc.in "${PROJECT_BINARY_DIR}/package/backplane-abi.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/package/backplane-abi.pc"
        DESTINATION "${pkgconfig_dir}" COMPONENT sdk)

# ---- host: the library and the commands ----
if(TARGET backplane)
  set_target_properties(backplane PROPERTIES EXPORT_NAME host)
  install(TARGETS backplane EXPORT BackplaneHostTargets
          LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT host NAMELINK_COMPONENT host)
  install(EXPORT BackplaneHostTargets NAMESPACE backplane:: DESTINATION "${cmake_dir}"
          COMPONENT host)
  configure_file(sdk/cmake/backplane.pc.in "${PROJECT_BINARY_DIR}/package/backplane.pc" @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/package/backplane.pc"
          DESTINATION "${pkgconfig_dir}" COMPONENT host)
endif()
if(TARGET backplane_command) # conformance-run and the probe install themselves
  set_target_properties(backplane_command PROPERTIES
    INSTALL_RPATH "$ORIGIN/${prefix_from_bin}${CMAKE_INSTALL_LIBDIR}")
  install(TARGETS backplane_command RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT host)
endif()

install(FILES LICENSE README.md CHANGELOG.md
        DESTINATION "${CMAKE_INSTALL_DOCDIR}" COMPONENT sdk)

set(CPACK_GENERATOR TGZ)
set(CPACK_PACKAGE_VENDOR "The Backplane authors")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_RESOURCE_FILE_LICENSE "${PROJECT_SOURCE_DIR}/LICENSE")
set(CPACK_STRIP_FILES ON)
include(CPack)
