trunkshow_fuzz_target(cut SOURCES ${CMAKE_SOURCE_DIR}/tests/fuzz/cut/fuzz_cut.c LINK media_package
                      CORPUS ${CMAKE_SOURCE_DIR}/tests/fuzz/cut/corpus)
