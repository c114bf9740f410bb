trunkshow_fuzz_target(timeline SOURCES ${CMAKE_SOURCE_DIR}/tests/fuzz/timeline/fuzz_timeline.c LINK media_package
                      CORPUS ${CMAKE_SOURCE_DIR}/tests/fuzz/timeline/corpus)
