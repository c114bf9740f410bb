# What every target of the house shares: language, warnings, sanitizers, and short forms for libraries and tests.

set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})

add_compile_definitions(_GNU_SOURCE)
# What hides mistakes from a sanitizer, or limits the address space that it reserves, asks for SANITIZED.
if(TRUNKSHOW_SANITIZE)
  add_compile_definitions(SANITIZED=1)
else()
  add_compile_definitions(SANITIZED=0)
endif()
add_compile_options(-Wall -Wextra -Werror -Wshadow -Wvla -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith
                    -Wformat=2 $<$<C_COMPILER_ID:GNU>:-Wno-format-truncation> -Wundef -Wno-unused-parameter -fno-strict-aliasing -fno-omit-frame-pointer
                    -fstack-protector-strong)
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  add_compile_options(-g -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
endif()
if(TRUNKSHOW_SANITIZE)
  add_compile_options(-fsanitize=${TRUNKSHOW_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${TRUNKSHOW_SANITIZE})
endif()

# trunkshow_library(name PUBLIC_ROOT dir LINK libs...): every .c beside the calling CMakeLists.txt.
function(trunkshow_library name)
  cmake_parse_arguments(arg "" "PUBLIC_ROOT" "LINK" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.c)
  add_library(${name} STATIC ${sources})
  target_include_directories(${name} PUBLIC ${arg_PUBLIC_ROOT})
  target_link_libraries(${name} PUBLIC ${arg_LINK})
endfunction()

# What a test takes of ctest's -j, which tests/run.sh sets to four a core: one that computes, a show on a server of its
# own, and what nearly only waits (1, as ctest has it).
set(TEST_COMPUTES 4)
set(TEST_SERVES 2)

# trunkshow_unit_test(name SOURCES files... LINK libs...): one cmocka program, one ctest entry, label "unit".
function(trunkshow_unit_test name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE ${arg_LINK} cmocka)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/unit)
  add_test(NAME unit.${name} COMMAND ${name})
  # GLib's slices give one thread's memory to another where the sanitizers cannot see it.
  set_tests_properties(unit.${name} PROPERTIES LABELS unit TIMEOUT 120 PROCESSORS ${TEST_COMPUTES}
    ENVIRONMENT "G_SLICE=always-malloc")
endfunction()

# trunkshow_story_tests(label TIMEOUT seconds PROCESSORS share ALONE names... OWN_NETWORK names... ENVIRONMENT
# variables...): every *.test.mjs beside the calling CMakeLists.txt, one ctest entry each; beside those of ALONE no other
# test runs, those of OWN_NETWORK run in a network of their own.
function(trunkshow_story_tests label)
  cmake_parse_arguments(arg "" "TIMEOUT;PROCESSORS" "ALONE;OWN_NETWORK;ENVIRONMENT" ${ARGN})
  find_program(NODE node REQUIRED)
  file(GLOB stories CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.test.mjs)
  foreach(story ${stories})
    cmake_path(GET story STEM name)
    set(network)
    if(name IN_LIST arg_OWN_NETWORK)
      set(network bash ${CMAKE_SOURCE_DIR}/tests/own-network.sh)
    endif()
    add_test(NAME ${label}.${name} COMMAND ${network} ${NODE} --test --test-reporter=spec ${story})
    set(alone OFF)
    if(name IN_LIST arg_ALONE)
      set(alone ON)
    endif()
    set_tests_properties(${label}.${name} PROPERTIES LABELS ${label} TIMEOUT ${arg_TIMEOUT} RUN_SERIAL ${alone}
      PROCESSORS ${arg_PROCESSORS}
      ENVIRONMENT "TEST_BINARIES=${CMAKE_BINARY_DIR};TEST_SANITIZE=${TRUNKSHOW_SANITIZE};${arg_ENVIRONMENT}")
  endforeach()
endfunction()

# trunkshow_fuzz_target(name SOURCES files... LINK libs... CORPUS dir): LLVMFuzzerTestOneInput; ctest replays the corpus.
function(trunkshow_fuzz_target name)
  cmake_parse_arguments(arg "" "CORPUS" "SOURCES;LINK" ${ARGN})
  if(TRUNKSHOW_FUZZ)
    add_executable(fuzz_${name} ${arg_SOURCES})
    target_compile_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  else()
    add_executable(fuzz_${name} ${arg_SOURCES} ${CMAKE_SOURCE_DIR}/tests/fuzz/replay.c)
  endif()
  target_link_libraries(fuzz_${name} PRIVATE ${arg_LINK})
  set_target_properties(fuzz_${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
  if(NOT TRUNKSHOW_FUZZ)
    add_test(NAME fuzz.${name} COMMAND fuzz_${name} ${arg_CORPUS})
    set_tests_properties(fuzz.${name} PROPERTIES LABELS fuzz TIMEOUT 120 PROCESSORS ${TEST_COMPUTES})
  endif()
endfunction()
