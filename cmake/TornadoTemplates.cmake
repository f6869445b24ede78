include_guard(GLOBAL)

# tornado_add_templates(<target>
#     [SET <name>]                # what templating::CompiledLoader asks for; the target's name unless said otherwise
#     [FOLDER <folder>]           # where the templates are; the current source folder unless said otherwise
#     [FILES <template>...]       # relative to it; unless said otherwise all files in it but hidden ones and editors' copies
#     [NAMES <name>=<type>...]    # the C++ types of names that the templates are given
#     [HEADERS <header>...]       # what defines these types
#     [AUTOESCAPE <function>]     # as in LoaderOptions
#     [WHITESPACE <mode>])
#
# Turns templates into C++ that is compiled and linked into the target, for templating::CompiledLoader{"<set>"}. A template that
# is not well-formed fails the build with its file and line, and so does one that uses what a declared type has not.
# A target may call this several times.
function(tornado_add_templates target)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "SET;FOLDER;AUTOESCAPE;WHITESPACE" "FILES;NAMES;HEADERS")
    if(arg_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "tornado_add_templates(${target}): what is `${arg_UNPARSED_ARGUMENTS}`?")
    endif()
    if(NOT TARGET ${target})
        message(FATAL_ERROR "tornado_add_templates(${target}): there is no such target; call add_executable() or add_library() first")
    endif()
    get_target_property(type ${target} TYPE)
    get_target_property(alias ${target} ALIASED_TARGET)
    if(alias OR type STREQUAL "INTERFACE_LIBRARY")
        message(FATAL_ERROR "tornado_add_templates(${target}): templates are compiled into a program or a library; this is neither")
    endif()
    if(NOT arg_SET)
        set(arg_SET ${target})
    endif()
    if(NOT arg_FOLDER)
        set(arg_FOLDER .)
    endif()
    cmake_path(ABSOLUTE_PATH arg_FOLDER BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} NORMALIZE OUTPUT_VARIABLE folder)
    string(REGEX REPLACE "/$" "" folder ${folder})
    if(NOT arg_FILES)
        file(GLOB_RECURSE arg_FILES RELATIVE ${folder} CONFIGURE_DEPENDS ${folder}/*)
        list(FILTER arg_FILES EXCLUDE REGEX "(^|/)(\\.|#)|~$")
    endif()
    if(NOT arg_FILES)
        message(FATAL_ERROR "tornado_add_templates(${target}): there are no templates in ${folder}")
    endif()

    set(options "")
    foreach(name IN LISTS arg_NAMES)
        list(APPEND options --name ${name})
    endforeach()
    foreach(header IN LISTS arg_HEADERS)
        if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${header})
            set(header ${CMAKE_CURRENT_SOURCE_DIR}/${header})
        endif()
        list(APPEND options --header ${header})
    endforeach()
    foreach(option AUTOESCAPE WHITESPACE)
        if(DEFINED arg_${option})
            string(TOLOWER ${option} lower)
            list(APPEND options --${lower} ${arg_${option}})
        endif()
    endforeach()

    foreach(given IN LISTS arg_FILES)
        cmake_path(SET file NORMALIZE ${given})
        if(IS_ABSOLUTE ${file} OR file MATCHES "^\\.\\.(/|$)")
            message(FATAL_ERROR "tornado_add_templates(${target}): FILES are relative to the folder and within it, unlike ${given}")
        endif()
        get_target_property(known ${target} TORNADO_TEMPLATES)
        if(file IN_LIST known)
            message(FATAL_ERROR "tornado_add_templates(${target}): there are two templates named ${file}")
        endif()
        set_property(TARGET ${target} APPEND PROPERTY TORNADO_TEMPLATES ${file})
        set(symbol "")
        if(type MATCHES "_LIBRARY$" AND NOT type STREQUAL "MODULE_LIBRARY")
            # Or the linker leaves out an object, or a library, that nothing refers to.
            string(SHA1 hash "${arg_SET}/${file}")
            set(symbol --symbol tornado_template_${hash})
            target_link_options(${target} INTERFACE "LINKER:--undefined=tornado_template_${hash}")
        endif()
        set(output ${CMAKE_CURRENT_BINARY_DIR}/${target}_templates/${file}.cpp)
        cmake_path(GET output PARENT_PATH output_folder)
        file(MAKE_DIRECTORY ${output_folder})
        add_custom_command(OUTPUT ${output}
            COMMAND tornado::compile-templates --root ${folder} --set ${arg_SET} --output ${output} --depfile ${output}.d
                ${options} ${symbol} ${file}
            DEPENDS ${folder}/${file} tornado::compile-templates
            DEPFILE ${output}.d
            COMMENT "Compiling template ${file}"
            VERBATIM)
        target_sources(${target} PRIVATE ${output})
        set_source_files_properties(${output} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON SKIP_AUTOGEN ON)
    endforeach()
    target_link_libraries(${target} PRIVATE tornado::template)
endfunction()
