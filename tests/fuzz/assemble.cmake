trunkshow_fuzz_target(assemble SOURCES ${CMAKE_SOURCE_DIR}/tests/fuzz/assemble/fuzz_assemble.c LINK media_package
                      CORPUS ${CMAKE_SOURCE_DIR}/tests/fuzz/assemble/corpus)
