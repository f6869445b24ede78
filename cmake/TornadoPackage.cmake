include_guard(GLOBAL)
include(CMakePackageConfigHelpers)

# The package: one config file that loads only the components asked for, and for them only the packages they need.
get_property(TORNADO_COMPONENTS GLOBAL PROPERTY TORNADO_COMPONENTS)
set(TORNADO_NEEDS "")
foreach(component IN LISTS TORNADO_COMPONENTS)
    get_property(needs GLOBAL PROPERTY TORNADO_${component}_NEEDS)
    get_property(foreign GLOBAL PROPERTY TORNADO_${component}_FOREIGN)
    string(APPEND TORNADO_NEEDS "set(_tornado_${component}_needs ${needs})\n")
    string(APPEND TORNADO_NEEDS "set(_tornado_${component}_foreign ${foreign})\n")
endforeach()
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/tornado)
configure_package_config_file(
    ${PROJECT_SOURCE_DIR}/cmake/tornadoConfig.cmake.in ${PROJECT_BINARY_DIR}/tornadoConfig.cmake
    INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(
    ${PROJECT_BINARY_DIR}/tornadoConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/tornadoConfig.cmake ${PROJECT_BINARY_DIR}/tornadoConfigVersion.cmake
    DESTINATION ${package_dir})
