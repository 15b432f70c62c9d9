# backplane_add_plugin(NAME SOURCES ... [ID id VERSION version] [LINK ...] [NO_INSTALL])
#
# Builds libbp_<NAME>.so as the ABI wants it: one exported symbol, hidden visibility, its own
# symbols bound to itself, no undefined symbol left. With ID and VERSION a manifest is written
# beside it, by which a host lists the plugin without opening it. Part of the installed package.

set(BACKPLANE_PLUGIN_MAP "${CMAKE_CURRENT_LIST_DIR}/plugin.map")

function(backplane_add_plugin name)
  cmake_parse_arguments(ARG "NO_INSTALL" "ID;VERSION;FOLDER" "SOURCES;LINK" ${ARGN})
  set(target bp_${name})
  add_library(${target} MODULE ${ARG_SOURCES})
  set_target_properties(${target} PROPERTIES
    C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
    LINK_DEPENDS "${BACKPLANE_PLUGIN_MAP}")
  target_link_libraries(${target} PRIVATE backplane::plugin ${ARG_LINK})
  target_link_options(${target} PRIVATE
    "-Wl,--version-script=${BACKPLANE_PLUGIN_MAP}" -Wl,-Bsymbolic)
  # clang leaves the sanitizer's own symbols to the program, so -z defs cannot hold there.
  if(NOT (BACKPLANE_SANITIZE AND CMAKE_CXX_COMPILER_ID MATCHES "Clang"))
    target_link_options(${target} PRIVATE -Wl,-z,defs)
  endif()
  if(ARG_FOLDER)
    set_target_properties(${target} PROPERTIES LIBRARY_OUTPUT_DIRECTORY "${ARG_FOLDER}")
  elseif(BACKPLANE_PRIVATE_DIR)
    set_target_properties(${target} PROPERTIES
      LIBRARY_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/${BACKPLANE_PRIVATE_DIR}")
  endif()
  if(ARG_ID)
    set(manifest "${CMAKE_CURRENT_BINARY_DIR}/libbp_${name}.json")
    file(WRITE "${manifest}.new" "{\n  \"id\": \"${ARG_ID}\",\n  \"library\": \"libbp_${name}.so\",\n  \"abi\": \"0.2\",\n  \"version\": \"${ARG_VERSION}\"\n}\n")
    configure_file("${manifest}.new" "${manifest}" COPYONLY)
    add_custom_command(TARGET ${target} POST_BUILD
      COMMAND ${CMAKE_COMMAND} -E copy_if_different "${manifest}" "$<TARGET_FILE_DIR:${target}>")
  endif()
  if(BACKPLANE_PRIVATE_DIR AND NOT ARG_NO_INSTALL)
    install(TARGETS ${target} LIBRARY DESTINATION "${BACKPLANE_PRIVATE_DIR}" COMPONENT plugins)
    if(ARG_ID)
      install(FILES "${manifest}" DESTINATION "${BACKPLANE_PRIVATE_DIR}" COMPONENT plugins)
    endif()
  endif()
endfunction()
